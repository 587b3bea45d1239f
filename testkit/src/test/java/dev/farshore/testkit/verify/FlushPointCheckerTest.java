package dev.farshore.testkit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.testkit.record.RecordedWrite;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Simulated guests, so that every order of events is tried and every claim can be compared with the
 * simulation's own account.
 */
class FlushPointCheckerTest {
    private static final int SIMULATIONS = 300;
    private static final int STEPS = 400;

    private final long firstSeed = System.nanoTime();

    @Test
    void shouldFindNothingWrongWithAnImageThatAppliesTheLogHoweverFarBehind() {
        long checked = 0;
        for (long seed = firstSeed; seed < firstSeed + SIMULATIONS; seed++) {
            Random random = new Random(seed);
            SimulatedGuest guest = new SimulatedGuest(random);
            FlushPointChecker checker =
                    new FlushPointChecker(List.of(guest.record), Set.of("a", "b"));
            Replay a = new Replay(guest, "a", checker);
            Replay b = new Replay(guest, "b", checker);
            for (int step = 0; step < STEPS; step++) {
                guest.step();
                // a follows at once, b falls behind and catches up.
                a.applyAll();
                if (random.nextInt(20) == 0) {
                    b.apply(random.nextInt(60));
                }
            }
            b.applyAll();

            assertThat(checker.differences()).as("seed %d", seed).isEmpty();
            assertThat(checker.wrongSectors()).isZero();
            checked += checker.checked("b");
        }
        assertThat(checked).isGreaterThan(SIMULATIONS);
    }

    @Test
    void shouldFindEveryWriteThatIsMissingAtTheFlushAfterIt() {
        int found = 0;
        for (long seed = firstSeed; seed < firstSeed + SIMULATIONS; seed++) {
            SimulatedGuest guest = simulated(seed);
            Random random = new Random(seed);
            int lost = random.nextInt(guest.log.size());
            if (!mustBeNoticed(guest, lost)) {
                continue;
            }
            RecordedWrite write = ((SimulatedGuest.Written) guest.log.get(lost)).write();
            FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));
            Replay replay = new Replay(guest, "b", checker);
            replay.apply(lost);
            replay.skip();
            replay.applyAll();

            assertThat(checker.differences())
                    .as("seed %d, lost %s", seed, write)
                    .isNotEmpty()
                    .first()
                    .satisfies(
                            first -> {
                                assertThat(first.site()).isEqualTo("b");
                                assertThat(first.vvol()).isEqualTo("db-data");
                            });
            found++;
        }
        assertThat(found).as("simulations that lost something noticeable").isGreaterThan(30);
    }

    @Test
    void shouldFindAWriteAppliedOnlyAfterTheFlushThatFollowsIt() {
        int found = 0;
        for (long seed = firstSeed; seed < firstSeed + SIMULATIONS; seed++) {
            SimulatedGuest guest = simulated(seed);
            int late = new Random(seed).nextInt(guest.log.size());
            if (!mustBeNoticed(guest, late)) {
                continue;
            }
            int flush = guaranteeingFlush(guest, late);
            FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));
            Replay replay = new Replay(guest, "b", checker);
            replay.apply(late);
            replay.skip();
            replay.apply(flush - late);
            replay.applyOutOfTurn(late);
            replay.applyAll();

            assertThat(checker.differences()).as("seed %d", seed).isNotEmpty();
            found++;
        }
        assertThat(found).isGreaterThan(30);
    }

    @Test
    void shouldFindAWriteOfTheTimeAfterAFlush() {
        int found = 0;
        for (long seed = firstSeed; seed < firstSeed + SIMULATIONS; seed++) {
            SimulatedGuest guest = simulated(seed);
            int flush = someFlush(guest, new Random(seed));
            int early = noticeablyEarly(guest, flush);
            if (early < 0) {
                continue;
            }
            FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));
            Replay replay = new Replay(guest, "b", checker);
            replay.apply(flush);
            replay.applyOutOfTurn(early);
            replay.applyAll();

            assertThat(checker.differences()).as("seed %d", seed).isNotEmpty();
            found++;
        }
        assertThat(found).isGreaterThan(10);
    }

    @Test
    void shouldFindAnImageThatWentBackToAnEarlierFlush() {
        SimulatedGuest guest = simulated(firstSeed);
        FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));
        new Replay(guest, "b", checker).applyAll();
        assertThat(checker.differences()).isEmpty();

        ImageReader empty = (_, into) -> into.put(new byte[into.remaining()]);
        checker.flushApplied("b", "db-data", Long.MAX_VALUE, empty);

        assertThat(checker.differences())
                .singleElement()
                .satisfies(
                        difference -> {
                            assertThat(difference.offset()).isEqualTo(guest.record.markerOffset());
                            assertThat(difference.found()).isEqualTo("zeroes");
                        });
    }

    @Test
    void shouldReportAnImageThatCannotBeRead() {
        SimulatedGuest guest = simulated(firstSeed);
        FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));

        checker.flushApplied(
                "b",
                "db-data",
                1,
                (_, _) -> {
                    throw new IOException("bad disk");
                });

        assertThat(checker.differences().getFirst().found()).contains("bad disk");
    }

    @Test
    void shouldIgnoreAFlushThatIsAppliedAgain() {
        SimulatedGuest guest = simulated(firstSeed);
        FlushPointChecker checker = new FlushPointChecker(List.of(guest.record), Set.of("b"));
        Replay replay = new Replay(guest, "b", checker);
        replay.applyAll();
        long checked = checker.checked();

        ImageReader broken =
                (_, _) -> {
                    throw new IOException("was read");
                };
        checker.flushApplied("b", "db-data", 1, broken);
        checker.flushApplied("b", "someone-else's", Long.MAX_VALUE, broken);
        checker.flushApplied("nowhere", "db-data", Long.MAX_VALUE, broken);

        assertThat(checker.checked()).isEqualTo(checked).isPositive();
        assertThat(checker.differences()).isEmpty();
    }

    private static SimulatedGuest simulated(long seed) {
        SimulatedGuest guest = new SimulatedGuest(new Random(seed));
        for (int step = 0; step < STEPS; step++) {
            guest.step();
        }
        return guest;
    }

    /** Whether an image without this entry provably lacks something at the flush after it. */
    private static boolean mustBeNoticed(SimulatedGuest guest, int index) {
        int flush = guaranteeingFlush(guest, index);
        if (flush < 0) {
            return false;
        }
        RecordedWrite write = ((SimulatedGuest.Written) guest.log.get(index)).write();
        Set<Long> left = sectors(write);
        for (int later = index + 1; later < flush; later++) {
            if (guest.log.get(later) instanceof SimulatedGuest.Written(RecordedWrite over)) {
                left.removeAll(sectors(over));
            }
        }
        // Zeroes that another write may have made by then are no proof.
        SimulatedGuest.Flush reached = ((SimulatedGuest.Flushed) guest.log.get(flush)).flush();
        for (RecordedWrite other : writesAfter(guest, flush)) {
            boolean mayBeThere =
                    reached.newestIssued == 0 || other.number() <= reached.newestIssued;
            if (other.isZero() && other.number() > write.number() && mayBeThere) {
                left.removeAll(sectors(other));
            }
        }
        for (int earlier = 0; earlier < index; earlier++) {
            // It was there before: written twice, or zeroes where zeroes may have been.
            if (guest.log.get(earlier) instanceof SimulatedGuest.Written(RecordedWrite before)
                    && before.equals(write)) {
                return false;
            }
        }
        return !write.isZero() && !left.isEmpty();
    }

    private static List<RecordedWrite> writesAfter(SimulatedGuest guest, int index) {
        List<RecordedWrite> writes = new ArrayList<>(guest.record.inFlight());
        for (SimulatedGuest.Entry entry : guest.log.subList(index, guest.log.size())) {
            if (entry instanceof SimulatedGuest.Written(RecordedWrite write)) {
                writes.add(write);
            }
        }
        return writes;
    }

    /** The first flush after an entry, if it guarantees the entry's write. */
    private static int guaranteeingFlush(SimulatedGuest guest, int index) {
        if (!(guest.log.get(index) instanceof SimulatedGuest.Written(RecordedWrite write))) {
            return -1;
        }
        for (int later = index + 1; later < guest.log.size(); later++) {
            if (guest.log.get(later) instanceof SimulatedGuest.Flushed(_, Set<Integer> guaranteed)
                    && guaranteed.contains(write.number())) {
                return later;
            }
        }
        return -1;
    }

    private static int someFlush(SimulatedGuest guest, Random random) {
        int start = random.nextInt(guest.log.size());
        for (int index = start; index < guest.log.size(); index++) {
            if (guest.log.get(index) instanceof SimulatedGuest.Flushed) {
                return index;
            }
        }
        return -1;
    }

    /** A write sent after the flush was acknowledged, to a sector that is checked at the flush. */
    private static int noticeablyEarly(SimulatedGuest guest, int flushIndex) {
        if (flushIndex < 0) {
            return -1;
        }
        SimulatedGuest.Flushed flushed = (SimulatedGuest.Flushed) guest.log.get(flushIndex);
        Set<Integer> fresh = new HashSet<>(flushed.guaranteed());
        for (int index = 0; index < flushIndex; index++) {
            if (guest.log.get(index) instanceof SimulatedGuest.Flushed earlier) {
                fresh.removeAll(earlier.guaranteed());
                if (earlier.flush() == flushed.flush()) {
                    return -1;
                }
            }
        }
        Set<Long> checked = new HashSet<>();
        for (int index = 0; index < flushIndex; index++) {
            if (guest.log.get(index) instanceof SimulatedGuest.Written(RecordedWrite write)
                    && fresh.contains(write.number())) {
                checked.addAll(sectors(write));
            }
        }
        for (int index = flushIndex + 1; index < guest.log.size(); index++) {
            if (guest.log.get(index) instanceof SimulatedGuest.Written(RecordedWrite write)
                    && flushed.flush().newestIssued > 0
                    && write.number() > flushed.flush().newestIssued
                    && write.offset() != guest.record.markerOffset()
                    && !write.isZero()
                    && sectors(write).stream().anyMatch(checked::contains)) {
                return index;
            }
        }
        return -1;
    }

    private static Set<Long> sectors(RecordedWrite write) {
        Set<Long> sectors = new HashSet<>();
        for (long at = write.offset(); at < write.offset() + write.length(); at += 512) {
            sectors.add(at);
        }
        return sectors;
    }

    /** An applier of the guest's log. */
    private static final class Replay {
        private final SimulatedGuest guest;
        private final String site;
        private final FlushPointChecker checker;
        private final SimulatedImage image;
        private int next;

        Replay(SimulatedGuest guest, String site, FlushPointChecker checker) {
            this.guest = guest;
            this.site = site;
            this.checker = checker;
            image = new SimulatedImage(SimulatedGuest.SIZE_BYTES, guest.record.volume());
        }

        void applyAll() {
            apply(guest.log.size() - next);
        }

        void apply(int entries) {
            int end = Math.min(guest.log.size(), next + entries);
            while (next < end) {
                switch (guest.log.get(next++)) {
                    case SimulatedGuest.Written(RecordedWrite write) -> image.apply(write);
                    case SimulatedGuest.Flushed _ ->
                            checker.flushApplied(site, "db-data", next, image);
                }
            }
        }

        void skip() {
            next++;
        }

        void applyOutOfTurn(int index) {
            image.apply(((SimulatedGuest.Written) guest.log.get(index)).write());
        }
    }
}
