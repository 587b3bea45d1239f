package dev.farshore.capture.read.latest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(30)
class BatchedQuestionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void shouldPutOneQuestionForAllWhoCameWhileAnotherWasUnderWay() throws Exception {
        Semaphore answers = new Semaphore(0);
        AtomicLong asked = new AtomicLong();
        try (BatchedQuestion question =
                new BatchedQuestion(
                        "it",
                        () -> {
                            long number = asked.incrementAndGet();
                            answers.acquire();
                            return number;
                        })) {
            CompletableFuture<Long> first = question.join();
            while (asked.get() == 0) {
                Thread.onSpinWait();
            }
            CompletableFuture<Long> second = question.join();
            CompletableFuture<Long> third = question.join();
            answers.release(2);

            assertThat(first.get()).isEqualTo(1);
            assertThat(second.get()).isEqualTo(2);
            assertThat(third.get()).isEqualTo(2);
            assertThat(asked.get()).isEqualTo(2);
        }
    }

    @Test
    void shouldAnswerEverybodyWithWhatIsTrueAfterHeCame() throws Exception {
        AtomicLong log = new AtomicLong();
        try (BatchedQuestion question = new BatchedQuestion("it", log::get);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
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
        try (BatchedQuestion question =
                new BatchedQuestion(
                        "the end",
                        () -> {
                            if (asked.incrementAndGet() < 3) {
                                throw new IllegalStateException("no leader");
                            }
                            return 7;
                        })) {
            assertThat(question.ask(PATIENCE)).isEqualTo(7);
        }
        try (BatchedQuestion question =
                new BatchedQuestion(
                        "the end",
                        () -> {
                            throw new IllegalStateException("no leader");
                        })) {
            assertThatThrownBy(() -> question.ask(Duration.ofMillis(200)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the end")
                    .hasMessageContaining("no leader");
        }
    }
}
