package dev.farshore.apply.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SupervisedStreamsTest {
    private final List<SimulatedRun> runs = new CopyOnWriteArrayList<>();
    private final CompletableFuture<String> fatal = new CompletableFuture<>();
    private final AtomicInteger tidied = new AtomicInteger();
    private volatile boolean isKafkaThere = true;

    private final SupervisedStreams streams =
            new SupervisedStreams(
                    "a-1",
                    new SupervisedStreams.Runs() {
                        @Override
                        public SupervisedStreams.Run create(ThreadFailures failures) {
                            assertThat(runs).allMatch(run -> run.isEnded);
                            SimulatedRun run = new SimulatedRun(failures);
                            runs.add(run);
                            return run;
                        }

                        @Override
                        public void afterEnd() {
                            assertThat(runs.getLast().isEnded).isTrue();
                            tidied.incrementAndGet();
                        }
                    },
                    () -> new StallDetector(() -> 0, () -> isKafkaThere, Duration.ofSeconds(2)),
                    System::nanoTime,
                    fatal::complete);

    private static final class SimulatedRun implements SupervisedStreams.Run {
        private final ThreadFailures failures;
        private volatile State state = State.CREATED;
        private volatile boolean isEnded;
        private final AtomicInteger closesUntilEnded = new AtomicInteger(1);

        private SimulatedRun(ThreadFailures failures) {
            this.failures = failures;
        }

        @Override
        public void start() {
            state = State.RUNNING;
        }

        @Override
        public State state() {
            return state;
        }

        @Override
        public boolean close(Duration patience) {
            isEnded = closesUntilEnded.decrementAndGet() <= 0;
            return isEnded;
        }
    }

    @AfterEach
    void close() {
        streams.close(Duration.ofSeconds(5));
    }

    private void awaitRuns(int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> runs.size() == count);
    }

    @Test
    void shouldStartAnewWhenKafkaStreamsHasGivenUp() {
        streams.start();
        assertThat(streams.health()).isEqualTo(new ApplyHealth(true, "serving", 0));

        runs.getFirst().closesUntilEnded.set(3); // its threads take their time
        runs.getFirst().failures.handle(new StreamsException("the group does not know us"));
        runs.getFirst().state = State.ERROR;

        assertThat(streams.health().isApplying()).isFalse();
        assertThat(streams.health().text()).contains("the group does not know us");
        awaitRuns(2);
        await().untilAsserted(
                        () ->
                                assertThat(streams.health())
                                        .isEqualTo(new ApplyHealth(true, "serving", 1)));
        assertThat(tidied).hasValue(1);
        assertThat(fatal).isNotDone();
    }

    @Test
    void shouldStartAnewWhenItStandsStillThoughKafkaAnswers() {
        streams.start();
        isKafkaThere = false;
        runs.getFirst().state = State.REBALANCING;
        await().during(Duration.ofSeconds(4)).until(() -> runs.size() == 1);
        assertThat(streams.health().text()).isEqualTo("starting or rebalancing");
        isKafkaThere = true;
        awaitRuns(2);
    }

    @Test
    void shouldHaveTheProcessEndWhenTheJvmIsInDoubt() {
        streams.start();
        runs.getFirst()
                .failures
                .handle(new StreamsException(new NoClassDefFoundError("dev/farshore/Some")));
        runs.getFirst().state = State.ERROR;

        assertThat(fatal).succeedsWithin(Duration.ofSeconds(10)).asString().contains("Some");
        assertThat(streams.health().isApplying()).isFalse();
        assertThat(runs).hasSize(1);
    }

    @Test
    void shouldNotStartAnewOnceItIsClosed() throws Exception {
        streams.start();
        runs.getFirst().state = State.ERROR;
        streams.close(Duration.ofSeconds(5));
        Thread.sleep(Duration.ofSeconds(4));
        assertThat(runs).hasSize(1);
    }
}
