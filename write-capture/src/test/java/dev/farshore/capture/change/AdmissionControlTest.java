package dev.farshore.capture.change;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AdmissionControlTest {
    private static final long CAPACITY = 64L << 20;
    private static final long TICK_NANOS = 2_000_000;
    private static final int WRITE_BYTES = 4096;

    private final AdmissionControl admission = new AdmissionControl(CAPACITY, 0);
    private long nowNanos;

    @Test
    void shouldNotHoldWritesUpWhileHalfOfTheJournalIsFree() {
        tick(CAPACITY);

        assertThat(takeAll(CAPACITY / 2)).isEqualTo(CAPACITY / 2);
    }

    @Test
    void shouldGiveTheRestInProportionToTime() {
        tick(CAPACITY / 4);

        // A hundredth of what is free, in a hundredth of the horizon.
        assertThat(takeAll(Long.MAX_VALUE)).isBetween(CAPACITY / 400, CAPACITY / 400 + WRITE_BYTES);
    }

    @Test
    void shouldTakeAWriteThatIsLargerThanTheShareAndThenWait() {
        tick(1 << 20);
        assertThat(admission.isOpen()).isTrue();
        admission.taken(100_000);
        tick(1 << 20);

        assertThat(admission.isOpen()).isFalse();
    }

    @Test
    void shouldLetASmallWriteInSoonAfterALargeOneHasTakenNearlyAllThatWasFree() {
        tick((1 << 20) + WRITE_BYTES);
        assertThat(admission.isOpen()).isTrue();
        admission.taken(1 << 20);
        for (int i = 0; i < 110; i++) {
            tick(WRITE_BYTES);
        }

        assertThat(admission.isOpen()).as("a little after the horizon").isTrue();
    }

    /** The point of it: room made every 100 ms in one step, and writes that come through evenly. */
    @Test
    void shouldLetWritesThroughEvenlyWhereRoomIsMadeInSteps() {
        long stepBytes = 4 << 20;
        long free = CAPACITY;
        long longestPauseTicks = 0;
        long pauseTicks = 0;
        for (int i = 0; i < 5_000; i++) {
            if (i % 50 == 0) {
                free = Math.min(CAPACITY, free + stepBytes);
            }
            tick(free);
            long taken = takeAll(free);
            free -= taken;
            pauseTicks = taken == 0 ? pauseTicks + 1 : 0;
            if (i > 2_500) {
                longestPauseTicks = Math.max(longestPauseTicks, pauseTicks);
            }
        }
        assertThat(longestPauseTicks).isLessThanOrEqualTo(1);
    }

    private void tick(long freeBytes) {
        nowNanos += TICK_NANOS;
        admission.refill(freeBytes, nowNanos);
    }

    private long takeAll(long mostBytes) {
        long taken = 0;
        while (taken < mostBytes && admission.isOpen()) {
            admission.taken(WRITE_BYTES);
            taken += WRITE_BYTES;
        }
        return taken;
    }
}
