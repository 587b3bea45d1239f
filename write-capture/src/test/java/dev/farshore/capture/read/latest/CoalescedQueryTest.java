package dev.farshore.capture.read.latest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(30)
class CoalescedQueryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void shouldPutOneQuestionForAllWhoCameWhileAnotherWasUnderWay() throws Exception {
        List<CompletableFuture<Long>> put = new ArrayList<>();
        try (CoalescedQuery question = new CoalescedQuery("it", () -> put(put))) {
            CompletableFuture<Long> first = question.join();
            CompletableFuture<Long> second = question.join();
            CompletableFuture<Long> third = question.join();
            assertThat(put).hasSize(1);
            put.get(0).complete(1L);
            assertThat(put).hasSize(2);
            put.get(1).complete(2L);

            assertThat(first.get()).isEqualTo(1);
            assertThat(second.get()).isEqualTo(2);
            assertThat(third.get()).isEqualTo(2);
            assertThat(put).hasSize(2);
        }
    }

    private static CompletableFuture<Long> put(List<CompletableFuture<Long>> put) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        put.add(answer);
        return answer;
    }

    @Test
    void shouldNotWaitForAnAnswerThatIsLongOnItsWay() throws Exception {
        List<CompletableFuture<Long>> put = new CopyOnWriteArrayList<>();
        try (CoalescedQuery question = new CoalescedQuery("it", () -> put(put))) {
            CompletableFuture<Long> far = question.join();
            Thread.sleep(80);
            put.get(0).complete(1L);
            far.get();

            CompletableFuture<Long> second = question.join();
            CompletableFuture<Long> third = question.join();
            CompletableFuture<Long> fourth = question.join();
            assertThat(put).as("put at once").hasSize(2);
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(put).hasSize(3));
            put.get(2).complete(3L);

            assertThat(third.get()).isEqualTo(3);
            assertThat(fourth.get()).isEqualTo(3);
            assertThat(second).isNotDone();
            put.get(1).complete(2L);
            assertThat(second.get()).isEqualTo(2);
        }
    }

    @Test
    void shouldAnswerEverybodyWithWhatIsTrueAfterHeCame() throws Exception {
        AtomicLong log = new AtomicLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                CoalescedQuery question =
                        new CoalescedQuery(
                                "it", () -> CompletableFuture.supplyAsync(log::get, threads))) {
            List<Future<?>> askers = new ArrayList<>();
            for (int asker = 0; asker < 16; asker++) {
                askers.add(
                        threads.submit(
                                () -> {
                                    for (int count = 0; count < 500; count++) {
                                        long written = log.incrementAndGet();
                                        assertThat(question.ask(PATIENCE))
                                                .isGreaterThanOrEqualTo(written);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> asker : askers) {
                asker.get();
            }
        }
    }

    @Test
    void shouldAskAgainAfterAnErrorAndSayItInTheEnd() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (CoalescedQuery question =
                new CoalescedQuery(
                        "the end",
                        () -> {
                            if (asked.incrementAndGet() < 3) {
                                throw new IllegalStateException("no leader");
                            }
                            return CompletableFuture.completedFuture(7L);
                        })) {
            assertThat(question.ask(PATIENCE)).isEqualTo(7);
        }
        try (CoalescedQuery question =
                new CoalescedQuery(
                        "the end",
                        () ->
                                CompletableFuture.failedFuture(
                                        new IllegalStateException("no leader")))) {
            assertThatThrownBy(() -> question.ask(Duration.ofMillis(200)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the end")
                    .hasMessageContaining("no leader");
        }
    }
}
