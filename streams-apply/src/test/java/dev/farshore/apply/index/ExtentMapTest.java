package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Against a plain array of one seq a sector. */
class ExtentMapTest {
    private static final int SECTORS = 3000;

    private final ExtentMap map = new ExtentMap();
    private final long[] naive = new long[SECTORS];
    private long seq;

    private void put(int start, int length) {
        seq++;
        map.put(start, length, seq);
        for (int at = start; at < start + length; at++) {
            naive[at] = seq;
        }
    }

    private void removeSeq(int start, int length, long removed) {
        map.removeSeq(start, length, removed);
        // The map takes whole extents, so a caller names the whole range of the event.
        for (int at = start; at < start + length; at++) {
            if (naive[at] == removed) {
                naive[at] = 0;
            }
        }
    }

    private void check() {
        long[] seen = new long[SECTORS];
        long[] lastEnd = {0};
        long[] extents = {0};
        map.forEach(
                0,
                SECTORS,
                (start, length, extentSeq) -> {
                    assertThat(start).isGreaterThanOrEqualTo(lastEnd[0]);
                    assertThat(length).isPositive();
                    lastEnd[0] = start + length;
                    extents[0]++;
                    for (long at = start; at < start + length; at++) {
                        seen[(int) at] = extentSeq;
                    }
                });
        assertThat(seen).isEqualTo(naive);
        assertThat(map.extentCount()).isEqualTo(extents[0]);
        long dirty = java.util.Arrays.stream(naive).filter(s -> s != 0).count();
        assertThat(map.sectors()).isEqualTo(dirty);
    }

    private void checkIntersects(int start, int end) {
        boolean expected = false;
        for (int at = start; at < end; at++) {
            expected |= naive[at] != 0;
        }
        assertThat(map.intersects(start, end)).isEqualTo(expected);
    }

    @Property(tries = 300)
    void shouldBeTheSameAsAnArrayOfSectors(
            @ForAll @Size(max = 60) List<@IntRange(max = 1 << 24) Integer> choices) {
        ExtentMapTest test = new ExtentMapTest();
        List<int[]> events = new ArrayList<>();
        events.add(new int[] {0, 0});
        for (int choice : choices) {
            int start = choice % 100;
            int length = 1 + choice / 100 % 30;
            if (choice % 5 != 0 || events.size() < 2) {
                test.put(start, length);
                events.add(new int[] {start, length});
            } else {
                int removed = 1 + choice / 1000 % (events.size() - 1);
                test.removeSeq(events.get(removed)[0], events.get(removed)[1], removed);
            }
            test.check();
            test.checkIntersects(start, start + length);
        }
    }

    @Test
    void shouldBeTheSameAcrossManyLeaves() {
        long runSeed = System.nanoTime();
        System.out.println("ExtentMapTest seed " + runSeed);
        Random random = new Random(runSeed);
        List<int[]> events = new ArrayList<>();
        events.add(new int[] {0, 0});
        int oldest = 1;
        for (int step = 0; step < 40_000; step++) {
            int length = random.nextInt(50) == 0 ? 1 + random.nextInt(600) : 1;
            int start = random.nextInt(SECTORS - length);
            put(start, length);
            events.add(new int[] {start, length});
            if (step % 3 == 0 && random.nextInt(4) > 0) {
                removeSeq(events.get(oldest)[0], events.get(oldest)[1], oldest);
                oldest++;
            }
            if (step % 50 == 0) {
                check();
            }
            int from = random.nextInt(SECTORS - 10);
            checkIntersects(from, from + 1 + random.nextInt(9));
        }
        while (oldest < events.size()) {
            removeSeq(events.get(oldest)[0], events.get(oldest)[1], oldest);
            oldest++;
        }
        check();
        assertThat(map.extentCount()).isZero();
    }

    @Test
    void shouldTakeARangeLongerThanAnExtent() {
        long terabytes = 5L << 31;
        map.put(0, terabytes, 7);
        assertThat(map.sectors()).isEqualTo(terabytes);
        map.put(terabytes / 2, 8, 8);
        assertThat(map.sectors()).isEqualTo(terabytes);
        map.removeSeq(0, terabytes, 7);
        assertThat(map.sectors()).isEqualTo(8);
    }
}
