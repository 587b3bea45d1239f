package dev.farshore.coordinator.lag;

import static dev.farshore.coordinator.fake.InMemoryReports.report;
import static dev.farshore.coordinator.fake.InMemoryReports.with;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

class LagTrackerTest {
    private static final long MILLI = 1_000;

    private final InMemoryReports images = new InMemoryReports();
    private final Map<String, Clocks.Skew> skews = new HashMap<>();
    private final Clocks clocks = (site, node) -> Optional.ofNullable(skews.get(site + "/" + node));
    private final LagTracker lags = new LagTracker(images, clocks);

    @BeforeEach
    void catchUp() {
        lags.caughtUp();
    }

    @Test
    void shouldTellNothingBeforeTheLogIsRead() {
        LagTracker reading = new LagTracker(images, clocks);
        reading.accept(write(1, 2));

        assertThat(reading.lag("data", "b", 0)).isEmpty();
    }

    @Test
    void shouldTellNothingOfAVolumeNobodyKnows() {
        assertThat(lags.lag("ghost", "b", 0)).isEmpty();
    }

    @Test
    void shouldBeExactInEventsBytesAndTime() {
        open(1, 1);
        for (int seq = 2; seq <= 10; seq++) {
            lags.accept(write(1, seq));
        }
        images.put(report("data", "b", 1, true, "a", 7));

        // Events 8, 9, 10 of 512 bytes each are missing; 8 was captured at 8 ms.
        assertThat(lags.lag("data", "b", 20 * MILLI)).hasValue(new Lag(3, 3 * 512, 12 * MILLI));
    }

    @Test
    void shouldTellTheAgeByItsOwnClockWhoeverCaptured() {
        skews.put("a/a-1", new Clocks.Skew(90_000 * MILLI, 500, 0));
        skews.put("b/b-1", new Clocks.Skew(-7 * MILLI, 500, 0));
        lags.accept(opening(1, 1, "a#1@a-1", 90_001));
        lags.accept(event(EventKind.WRITE, 1, 2, 90_002));
        lags.accept(opening(2, 3, "b#2@b-1", -4));
        lags.accept(event(EventKind.WRITE, 2, 4, -3));

        images.put(report("data", "c", 1, true, "a", 1));
        assertThat(lags.lag("data", "c", 20 * MILLI)).hasValue(new Lag(3, 3 * 512, 18 * MILLI));
        images.put(report("data", "c", 2, true, "b", 3));
        assertThat(lags.lag("data", "c", 20 * MILLI)).hasValue(new Lag(1, 512, 16 * MILLI));
        skews.clear();
        assertThat(lags.lag("data", "c", 20 * MILLI))
                .as("by the writer's clock, while no other is known")
                .hasValue(new Lag(1, 512, 23 * MILLI));
    }

    @Test
    void shouldKnowTheClockOfAWriterWhoseOpeningItHasNotRead() {
        skews.put("a/a-1", new Clocks.Skew(90_000 * MILLI, 500, 0));
        lags.accept(event(EventKind.WRITE, 4, 1_000, 91_000));
        images.put(report("data", "b", 4, true, "a#1@a-1", 999));

        assertThat(lags.lag("data", "b", 1_010 * MILLI)).hasValue(new Lag(1, 512, 10 * MILLI));
    }

    @Test
    void shouldBeZeroWhenNothingIsMissing() {
        open(1, 1);
        images.put(report("data", "b", 1, true, "a", 1));

        assertThat(lags.lag("data", "b", 1_000 * MILLI)).hasValue(Lag.NONE);
    }

    @Test
    void shouldBeZeroWhenTheImageIsAheadOfTheHeadersRead() {
        open(1, 1);
        images.put(report("data", "b", 1, true, "a", 5));

        assertThat(lags.lag("data", "b", 0)).hasValue(Lag.NONE);
    }

    @Test
    void shouldNotTellAsNoLagWhatItDoesNotKnow() {
        images.put(with(report("data", "b", 1, true, "a", 5), Health.FAULTED, "no room", 0, true));

        assertThat(lags.lag("data", "b", 0)).as("the log may end anywhere").isEmpty();
        assertThat(lags.lag("data", "c", 0)).isEmpty();

        images.put(report("data", "a", 1, true, "a", 9));
        assertThat(lags.lag("data", "b", 9 * MILLI)).get().extracting(Lag::events).isEqualTo(4L);
    }

    @Test
    void shouldHaveAnAgeWhereReportsAreAheadOfTheHeaders() {
        open(1, 1);
        images.put(report("data", "b", 1, true, "a", 1));
        images.put(
                with(report("data", "a", 1, true, "a", 4), Map.of("reportedMicros", 10 * MILLI)));
        assertThat(lags.lag("data", "b", 10 * MILLI)).hasValue(new Lag(3, 3 * 512, 1));

        images.put(
                with(report("data", "a", 1, true, "a", 5), Map.of("reportedMicros", 40 * MILLI)));
        assertThat(lags.lag("data", "b", 50 * MILLI))
                .as("since the first report of them")
                .hasValue(new Lag(4, 4 * 512, 40 * MILLI));

        lags.accept(write(1, 2));
        assertThat(lags.lag("data", "b", 50 * MILLI)).hasValue(new Lag(4, 4 * 512, 48 * MILLI));
    }

    @Test
    void shouldTellWhatTheOwnerHasAcknowledgedAndTheLogHasNot() {
        images.put(report("data", "a", 1, true, "a", 5));
        assertThat(lags.unpublished("data", "a", 0)).as("of a node that does not tell").isEmpty();

        skews.put("a/a-1", new Clocks.Skew(90_000 * MILLI, 500, 0));
        images.put(
                with(
                        report("data", "a", 1, true, "a", 5),
                        Map.of(
                                "unpublishedEvents", 7L,
                                "unpublishedBytes", 4096L,
                                "unpublishedSinceMicros", 90_010 * MILLI)));
        assertThat(lags.unpublished("data", "a", 15 * MILLI)).hasValue(new Lag(7, 4096, 5 * MILLI));
    }

    @Test
    void shouldTellWhatIsNotAppliedApartFromWhatIsNotHardened() {
        open(1, 1);
        for (int seq = 2; seq <= 10; seq++) {
            lags.accept(write(1, seq));
        }
        images.put(report("data", "b", 1, true, "a", 8, 3));
        assertThat(lags.applied("data", "b", 20 * MILLI))
                .as("of a node that does not tell the bytes")
                .hasValue(new AppliedLag(2, null, 11 * MILLI));

        images.put(
                with(
                        report("data", "b", 1, true, "a", 8, 3),
                        Map.of("appliedTotalBytes", 8L * 512)));
        assertThat(lags.applied("data", "b", 20 * MILLI))
                .hasValue(new AppliedLag(2, 1_024L, 11 * MILLI));
        assertThat(lags.lag("data", "b", 20 * MILLI)).hasValue(new Lag(7, 7 * 512, 16 * MILLI));
        assertThat(lags.applied("data", "c", 20 * MILLI)).as("without a report").isEmpty();
        assertThat(lags.standing("data", "b")).hasValue(new Standing(10, 3, true));
        assertThat(lags.standing("data", "c")).hasValue(new Standing(10, 0, false));
    }

    @Test
    void shouldCountTheWholeLogForASiteThatHasReportedNothing() {
        open(1, 1);
        lags.accept(write(1, 2));

        assertThat(lags.lag("data", "c", 5 * MILLI)).hasValue(new Lag(2, 1_024, 4 * MILLI));
    }

    @Test
    void shouldIgnoreEventsThatAreFencedOrSentAgain() {
        open(1, 1);
        lags.accept(write(1, 2));
        open(2, 3);
        lags.accept(write(1, 3));
        lags.accept(write(1, 4));
        lags.accept(write(2, 4));
        lags.accept(write(2, 4));
        images.put(report("data", "b", 1, true, "a", 2));

        assertThat(lags.lag("data", "b", 3 * MILLI)).hasValue(new Lag(2, 1_024, 0));
    }

    @Test
    void shouldBeExactWhenReadingBeginsInTheMiddle() {
        lags.accept(write(4, 1_000));
        lags.accept(write(4, 1_001));
        images.put(report("data", "b", 4, true, "a", 990));

        assertThat(lags.lag("data", "b", 1_010 * MILLI))
                .hasValue(new Lag(11, 11 * 512, 10 * MILLI));
    }

    @Test
    void shouldNotBelieveAFencedEventForLongWhenReadingBeginsThere() {
        lags.accept(write(3, 5_000));
        lags.accept(write(4, 101));
        lags.accept(write(4, 102));
        images.put(report("data", "b", 4, true, "a", 100));

        assertThat(lags.lag("data", "b", 102 * MILLI)).hasValue(new Lag(2, 1_024, MILLI));
    }

    @Test
    void shouldNeverUnderstateTheAgeAndHardlyOverstateItInBoundedMemory() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        Random random = new Random(seed);
        int maxEntries = 128;
        long[] hardenedSeq = {0};
        long longestBacklog = 0;
        CaptureTimes times = new CaptureTimes(maxEntries, () -> hardenedSeq[0] + 1);
        for (long seq = 1; seq <= 100_000; seq++) {
            times.add(seq, seq * MILLI);
            longestBacklog = Math.max(longestBacklog, seq - hardenedSeq[0]);
            if (random.nextInt(1_000) == 0) {
                hardenedSeq[0] += random.nextLong(seq - hardenedSeq[0] + 1);
            }
            if (hardenedSeq[0] < seq) {
                long oldest = hardenedSeq[0] + 1;
                long errorEvents = oldest - times.captureMicrosOf(oldest) / MILLI;
                assertThat(errorEvents)
                        .as("seed %d, seq %d, hardened %d", seed, seq, hardenedSeq[0])
                        .isBetween(0L, 4 * longestBacklog / maxEntries + 1);
                assertThat(times.size()).isLessThanOrEqualTo(maxEntries);
            }
        }
    }

    @Test
    void shouldBeExactAgainOnceALongBacklogIsGone() {
        long[] hardenedSeq = {0};
        CaptureTimes times = new CaptureTimes(128, () -> hardenedSeq[0] + 1);
        for (long seq = 1; seq <= 10_000; seq++) {
            times.add(seq, seq * MILLI);
        }
        hardenedSeq[0] = 10_000;
        for (long seq = 10_001; seq <= 10_050; seq++) {
            times.add(seq, seq * MILLI);
        }

        for (long seq = 10_001; seq <= 10_050; seq++) {
            assertThat(times.captureMicrosOf(seq)).isEqualTo(seq * MILLI);
        }
    }

    @Test
    void shouldBeExactWhileFewerEventsAreMissingThanFit() {
        CaptureTimes times = new CaptureTimes(128, () -> 900);
        for (long seq = 1; seq <= 1_000; seq++) {
            times.add(seq, seq * MILLI);
        }
        CaptureTimes moving = new CaptureTimes(128, () -> 0);
        for (long seq = 1; seq <= 128; seq++) {
            moving.add(seq, seq * MILLI);
        }

        assertThat(times.captureMicrosOf(950)).isEqualTo(950 * MILLI);
        assertThat(moving.captureMicrosOf(1)).isEqualTo(MILLI);
        assertThat(moving.captureMicrosOf(77)).isEqualTo(77 * MILLI);
    }

    private void open(int epoch, long seq) {
        lags.accept(event(EventKind.EPOCH_OPENED, epoch, seq));
    }

    private static IndexedHeader write(int epoch, long seq) {
        return event(EventKind.WRITE, epoch, seq);
    }

    /** Captured at {@code seq} milliseconds; 512 bytes an event. */
    private static IndexedHeader event(EventKind kind, int epoch, long seq) {
        return event(kind, epoch, seq, seq);
    }

    private static IndexedHeader event(EventKind kind, int epoch, long seq, long captureMillis) {
        return indexed(
                new EventHeader(
                        "data",
                        epoch,
                        seq,
                        seq,
                        kind,
                        0,
                        512,
                        seq * 512,
                        captureMillis * MILLI,
                        0,
                        "a#1"));
    }

    private static IndexedHeader opening(int epoch, long seq, String owner, long captureMillis) {
        return indexed(
                new EventHeader(
                        "data",
                        epoch,
                        seq,
                        seq,
                        EventKind.EPOCH_OPENED,
                        0,
                        512,
                        seq * 512,
                        captureMillis * MILLI,
                        0,
                        owner));
    }

    /** Of a build before the hash chain. */
    private static IndexedHeader indexed(EventHeader header) {
        return new IndexedHeader(header, header.seq() - 1);
    }
}
