package dev.farshore.apply.index.extents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.HeapPages;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Against a plain array of one seq a sector. */
class ExtentMapTest {
    /** Three pages and a bit. */
    private static final int SECTORS = 100_000;

    private final ExtentMap map = new ExtentMap();
    private final HeapPages pages = new HeapPages();
    private final long[] naive = new long[SECTORS];
    private final List<int[]> events = new ArrayList<>(List.of(new int[] {0, 0}));

    private void put(int start, int length) {
        long seq = events.size();
        events.add(new int[] {start, length});
        map.put(start, length, seq);
        Arrays.fill(naive, start, start + length, seq);
    }

    /** The caller names the whole range of the event. */
    private void remove(int event) {
        int start = events.get(event)[0];
        int length = events.get(event)[1];
        map.removeSeq(start, length, event);
        for (int at = start; at < start + length; at++) {
            if (naive[at] == event) {
                naive[at] = 0;
            }
        }
    }

    private void check() {
        checkSame(map, 0, SECTORS);
        long dirty = Arrays.stream(naive).filter(s -> s != 0).count();
        assertThat(map.sectors()).isEqualTo(dirty);
        assertThat(map.heapBytes()).isEqualTo(map.countedHeapBytes());
    }

    private void checkSame(ExtentMap actual, int from, int until) {
        long[] seen = new long[until - from];
        long[] last = {from, 0};
        actual.forEach(
                from,
                until,
                (start, length, seq) -> {
                    assertThat(start).isGreaterThanOrEqualTo(last[0]);
                    assertThat(length).isPositive();
                    if (start == last[0]) {
                        assertThat(seq).as("touching extents are one").isNotEqualTo(last[1]);
                    }
                    last[0] = start + length;
                    last[1] = seq;
                    Arrays.fill(seen, (int) start - from, (int) last[0] - from, seq);
                });
        assertThat(seen).isEqualTo(Arrays.copyOfRange(naive, from, until));
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
        for (int choice : choices) {
            int start = choice % 100;
            int length = 1 + choice / 100 % 30;
            if (choice % 5 != 0 || test.events.size() < 2) {
                test.put(start, length);
            } else {
                test.remove(1 + choice / 1000 % (test.events.size() - 1));
            }
            test.check();
            test.checkIntersects(start, start + length);
        }
    }

    /**
     * Through all forms of regions: blocks and odd ranges, crowded and alone, large and small, and
     * all of it taken away again in the order it came.
     *
     * @param keepBytes what may stay in memory
     */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 20_000, 0})
    void shouldBeTheSameThroughAllForms(long keepBytes) {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("ExtentMapTest: -Dfarshore.seed=" + seed);
        Random random = new Random(seed);
        int oldest = 1;
        for (int step = 0; step < 60_000; step++) {
            // A phase has its own habits.
            int phase = step / 10_000;
            int unit = phase % 2 == 0 ? 8 : 1;
            int room = phase % 3 == 0 ? SECTORS : 4096;
            int length =
                    switch (random.nextInt(40)) {
                        case 0 -> 1 + random.nextInt(600);
                        case 1 -> random.nextInt(20) == 0 ? 1 + random.nextInt(40_000) : 1;
                        default -> unit;
                    };
            length = Math.min(length, room);
            put(random.nextInt((room - length) / unit + 1) * unit, length);
            if (phase > 1 && random.nextInt(10) > 0) {
                remove(oldest++);
            }
            if (step % 400 == 0) {
                check();
                int from = random.nextInt(SECTORS);
                checkSame(map, from, from + random.nextInt(SECTORS - from + 1));
            }
            if (step % 40 == 0) {
                map.spill(pages, keepBytes);
            }
            int from = random.nextInt(SECTORS - 10);
            checkIntersects(from, from + 1 + random.nextInt(9));
        }
        assertThat(pages.added()).matches(added -> added > 0 == keepBytes < Long.MAX_VALUE);
        while (oldest < events.size()) {
            remove(oldest++);
        }
        check();
        assertThat(map.pieceCount()).isZero();
        assertThat(map.heapBytes()).isZero();
        assertThat(pages.count()).isZero();
    }

    @Test
    void shouldKeepWithinTheMemoryItIsGiven() {
        for (int block = 0; block < SECTORS / 8; block++) {
            put(block * 8, 8);
        }
        map.spill(pages, 10_000);
        assertThat(map.heapBytes()).isLessThan(10_000);
        check();
        assertThat(pages.count()).as("readers change nothing").isPositive();
        map.clear();
        assertThat(pages.count()).isZero();
        assertThat(map.heapBytes()).isZero();
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        Random random = new Random(7);
        for (int step = 0; step < 5000; step++) {
            put(random.nextInt(SECTORS - 50), 1 + random.nextInt(50));
        }
        map.spill(pages, 5000);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        map.write(new PackedWriter(bytes));
        ExtentMap read = new ExtentMap();
        read.read(new PackedReader(new ByteArrayInputStream(bytes.toByteArray())), () -> {});

        checkSame(read, 0, SECTORS);
        assertThat(read.sectors()).isEqualTo(map.sectors());
    }

    @Test
    void shouldTakeTerabytesAsAFewObjects() {
        long terabytes = 5L << 31;
        map.put(0, terabytes, 7);
        assertThat(map.sectors()).isEqualTo(terabytes);
        map.put(terabytes / 2, 8, 8);
        map.put(terabytes - 8, 16, 9);
        assertThat(map.sectors()).isEqualTo(terabytes + 8);
        assertThat(map.heapBytes()).isEqualTo(map.countedHeapBytes()).isLessThan(10_000);
        List<Long> seqs = new ArrayList<>();
        map.forEach(0, Long.MAX_VALUE, (start, length, seq) -> seqs.add(seq));
        assertThat(seqs).containsExactly(7L, 8L, 7L, 9L);
        map.removeSeq(0, terabytes, 7);
        assertThat(map.sectors()).isEqualTo(8 + 16);
    }

    @Test
    void shouldTakeTheLastSectorThereCanBe() {
        map.put(ExtentMap.MAX_SECTORS - 1, 1, 1);
        map.put(0, ExtentMap.MAX_SECTORS, 2);
        map.put(5, 1, 3);
        assertThat(map.sectors()).isEqualTo(ExtentMap.MAX_SECTORS);
        assertThat(map.intersects(ExtentMap.MAX_SECTORS - 1, ExtentMap.MAX_SECTORS)).isTrue();
        map.removeSeq(0, ExtentMap.MAX_SECTORS, 2);
        assertThat(map.sectors()).isEqualTo(1);
    }
}
