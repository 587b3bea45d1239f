package dev.farshore.capture.seed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

class TouchedRangesTest {
    private static final int SECTOR = TouchedRanges.SECTOR_BYTES;

    /** Some regions of 2 MiB. */
    private static final int SECTORS = 5 * 4096;

    @Test
    void shouldAgreeWithOneFlagASector() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("TouchedRangesTest seed " + seed + " (-Dfarshore.seed)");
        Random random = new Random(seed);
        for (int run = 0; run < 30; run++) {
            int limit = 1 + random.nextInt(SECTORS);
            TouchedRanges ranges = new TouchedRanges((long) limit * SECTOR);
            boolean[] touched = new boolean[SECTORS];
            Arrays.fill(touched, limit, SECTORS, true);
            for (int step = 0; step < 60; step++) {
                change(ranges, touched, random);
                check(ranges, touched, random, "seed %d run %d step %d".formatted(seed, run, step));
            }
        }
    }

    private static void change(TouchedRanges ranges, boolean[] touched, Random random) {
        int from = random.nextInt(SECTORS);
        int length = 1 + random.nextInt(random.nextBoolean() ? 16 : SECTORS - from);
        int to = Math.min(SECTORS, from + length);
        switch (random.nextInt(20)) {
            case 0 -> {
                ranges.onEvent(event(EventKind.RESIZE, 0, (long) to * SECTOR));
                Arrays.fill(touched, to, SECTORS, true);
            }
            case 1 -> {
                int passed = from / 8;
                ranges.pass((long) passed * SECTOR);
                Arrays.fill(touched, 0, passed, true);
            }
            case 2 -> ranges.onEvent(event(EventKind.FLUSH, 0, 0));
            default -> {
                EventKind kind = random.nextBoolean() ? EventKind.WRITE : EventKind.TRIM;
                ranges.onEvent(event(kind, (long) from * SECTOR, (long) (to - from) * SECTOR));
                Arrays.fill(touched, from, to, true);
            }
        }
    }

    private static void check(
            TouchedRanges ranges, boolean[] touched, Random random, String where) {
        int from = random.nextInt(SECTORS);
        int to = from + 1 + random.nextInt(SECTORS - from);
        int untouched = from;
        while (untouched < to && touched[untouched]) {
            untouched++;
        }
        assertThat(ranges.nextUntouched((long) from * SECTOR, (long) to * SECTOR))
                .as(where)
                .isEqualTo((long) untouched * SECTOR);
        int next = from;
        while (next < to && !touched[next]) {
            next++;
        }
        assertThat(ranges.nextTouched((long) from * SECTOR, (long) to * SECTOR))
                .as(where)
                .isEqualTo((long) next * SECTOR);
    }

    private static EventHeader event(EventKind kind, long offset, long length) {
        return new EventHeader("v", 1, 1, 1, kind, offset, length, 0, 0, 0, "");
    }
}
