package dev.farshore.capture.read.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.PayloadGoneException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

@Tag("slow")
@Timeout(60)
class FetchLanesTest {
    private static final Duration LINK = Duration.ofMillis(20);
    private static final long PATIENCE_SECONDS = 20;
    private static final long CACHE_BYTES = 1 << 20;

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());

    @Test
    void shouldFetchAtRandomPlacesInParallelOverALongLink() throws Exception {
        SlowStreams log = new SlowStreams(LINK);
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            long[] offsets = LongStream.range(0, 320).map(index -> index * 31).toArray();
            long startNanos = System.nanoTime();
            check(0, offsets, lanes.request(0, offsets));
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);

            assertThat(log.mostFetching.get()).isEqualTo(FetchLanes.LANES);
            assertThat(log.fetches).hasSizeLessThanOrEqualTo(320).doesNotHaveDuplicates();
            assertThat(millis).as("of 320 round trips of 20 ms").isLessThan(320 * 20 / 3);
        }
        assertThat(log.closed).hasValue(log.opened.get());
    }

    @Test
    void shouldFetchAfterAStreamCouldNotBeOpened() throws Exception {
        SlowStreams log = new SlowStreams(Duration.ZERO);
        log.manyRefused.set(1);
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            long[] many = LongStream.range(2000, 2300).toArray();
            check(0, many, lanes.request(0, many));
        }
    }

    @Test
    void shouldKeepToOneLaneWhereAFetchTakesNoTime() throws Exception {
        SlowStreams log = new SlowStreams(Duration.ZERO);
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            long[] offsets = LongStream.range(0, 320).map(index -> index * 31).toArray();
            check(0, offsets, lanes.request(0, offsets));
            assertThat(log.opened.get()).isLessThan(FetchLanes.LANES / 2);
        }
    }

    @Test
    void shouldFetchOnceWhatManyWantAndWhatLiesTogether() throws Exception {
        SlowStreams log = new SlowStreams(LINK);
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            long[] same = {500, 501, 502, 503};
            List<CompletableFuture<Optional<LogRecord>>> answers = new ArrayList<>();
            for (int reader = 0; reader < 50; reader++) {
                answers.addAll(lanes.request(0, same));
            }
            for (CompletableFuture<Optional<LogRecord>> answer : answers) {
                assertThat(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isPresent();
            }
            assertThat(log.fetches).contains("0@500").doesNotHaveDuplicates();
            log.fetches.clear();

            long[] many = LongStream.range(2000, 2300).toArray();
            check(0, many, lanes.request(0, many));
            // A lane may begin while the request is still being made.
            assertThat(log.fetches)
                    .anyMatch(fetch -> fetch.endsWith(" many"))
                    .hasSizeLessThan(300 / 10);
        }
    }

    @Test
    void shouldAnswerEverybodyHoweverMuchIsWantedAroundHim() throws Exception {
        System.out.println("FetchLanesTest seed " + seed + " (-Dfarshore.seed)");
        Random random = new Random(seed);
        SlowStreams log = new SlowStreams(Duration.ofMillis(1));
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            lanes.open(1);
            // Always some below, and some above, and some just before it.
            CompletableFuture<Optional<LogRecord>> patient = null;
            for (int round = 0; round < 300; round++) {
                for (int partition = 0; partition < 2; partition++) {
                    lanes.request(
                            partition, random.longs(8, 4980, 5000).sorted().distinct().toArray());
                    lanes.request(
                            partition, random.longs(8, 0, 9000).sorted().distinct().toArray());
                }
                if (round % 20 == 10) {
                    patient = lanes.request(0, new long[] {5000}).getFirst();
                    int asked = log.fetches.size();
                    patient.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    assertThat(log.fetches.size() - asked)
                            .as("fetches until the one was answered")
                            .isLessThan(2000);
                }
            }
            long[] last = random.longs(500, 0, 9900).sorted().distinct().toArray();
            check(1, last, lanes.request(1, last));
        }
    }

    @Test
    void shouldSayWhatIsGoneAndFetchTheRest() throws Exception {
        SlowStreams log = new SlowStreams(LINK);
        log.begin = 1000;
        try (FetchLanes lanes = lanes(log)) {
            lanes.open(0);
            List<CompletableFuture<Optional<LogRecord>>> answers =
                    lanes.request(0, new long[] {10, 500, 999, 1000, 4000, 8000});
            for (int gone = 0; gone < 3; gone++) {
                CompletableFuture<Optional<LogRecord>> answer = answers.get(gone);
                assertThatThrownBy(() -> answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(PayloadGoneException.class)
                        .hasMessageContaining("begins at 1000");
            }
            check(0, new long[] {1000, 4000, 8000}, answers.subList(3, 6));
        }
    }

    @Test
    void shouldFetchOfOnePartitionWhileTheBrokersOfManyAreAway() throws Exception {
        SlowStreams log = new SlowStreams(LINK);
        try (FetchLanes lanes = lanes(log)) {
            for (int partition = 0; partition < 100; partition++) {
                lanes.open(partition);
                if (partition > 0) {
                    log.away.add(partition);
                    lanes.request(partition, new long[] {1, 1000, 2000, 3000});
                }
            }
            long[] offsets = {5, 905, 1805, 2705};
            for (int round = 0; round < 20; round++) {
                check(0, offsets, lanes.request(0, offsets));
            }
            log.away.clear();
            long[] back = {1};
            check(99, back, lanes.request(99, back));
        }
    }

    @Test
    void shouldRefuseWhoWaitsWhenItIsClosed() throws Exception {
        SlowStreams log = new SlowStreams(Duration.ofHours(1));
        FetchLanes lanes = lanes(log);
        lanes.open(0);
        lanes.open(1);
        CompletableFuture<Optional<LogRecord>> first = lanes.request(0, new long[] {1}).getFirst();
        CompletableFuture<Optional<LogRecord>> second = lanes.request(1, new long[] {1}).getFirst();
        await().until(() -> log.fetching.get() > 0);
        lanes.close(1);
        assertThatThrownBy(() -> second.get(1, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IOException.class);
        assertThat(first).isNotDone();
        lanes.close();
        assertThatThrownBy(() -> first.get(1, TimeUnit.SECONDS))
                .hasCauseInstanceOf(IOException.class);
        assertThat(lanes.request(0, new long[] {1}).getFirst()).isCompletedExceptionally();
        assertThat(log.closed).hasValue(log.opened.get());
    }

    private static FetchLanes lanes(SlowStreams log) {
        return new FetchLanes(log, new RecordCache(CACHE_BYTES));
    }

    private static void check(
            int partition, long[] offsets, List<CompletableFuture<Optional<LogRecord>>> answers)
            throws Exception {
        assertThat(answers).hasSameSizeAs(offsets);
        for (int index = 0; index < offsets.length; index++) {
            long offset = offsets[index];
            Optional<LogRecord> answer = answers.get(index).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(answer.isPresent())
                    .as("offset %d", offset)
                    .isEqualTo(SlowStreams.exists(offset));
            answer.ifPresent(
                    record ->
                            assertThat(new String(record.value(), StandardCharsets.UTF_8))
                                    .isEqualTo(SlowStreams.value(partition, offset)));
        }
    }
}
