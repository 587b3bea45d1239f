package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.index.IndexedOffsets.OffsetRange;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

class IndexedOffsetsTest {
    private static final int OFFSETS = 200;

    @Test
    void shouldKnowWhichOffsetsAreMissingWhateverTheOrder() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("IndexedOffsetsTest seed " + seed + " (-Dfarshore.seed)");
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            IndexedOffsets accounted = new IndexedOffsets();
            BitSet model = new BitSet();
            int at = 0;
            for (int step = 0; step < 300; step++) {
                at = random.nextInt(4) == 0 ? random.nextInt(OFFSETS) : Math.min(at + 1, OFFSETS);
                accounted.add(at);
                model.set(at);
                int from = random.nextInt(OFFSETS);
                int to = from + random.nextInt(OFFSETS);

                assertThat(accounted.missing(from, to, Integer.MAX_VALUE))
                        .as("from %d to %d of %s, seed %d", from, to, model, seed)
                        .isEqualTo(missing(model, from, to));
            }
        }
    }

    private static List<OffsetRange> missing(BitSet model, int from, int to) {
        List<OffsetRange> missing = new ArrayList<>();
        for (int at = model.nextClearBit(from); at < to; ) {
            int next = model.nextSetBit(at);
            int end = next < 0 ? to : Math.min(next, to);
            missing.add(new OffsetRange(at, end));
            at = model.nextClearBit(end);
        }
        return missing;
    }

    @Test
    void shouldLeaveTheRestOpenWithTheLastOfAFewRanges() {
        IndexedOffsets accounted = new IndexedOffsets();
        for (int offset = 1; offset < 10; offset += 2) {
            accounted.add(offset);
        }

        assertThat(accounted.missing(0, 10, 2))
                .containsExactly(new OffsetRange(0, 1), new OffsetRange(1, 10));
    }

    @Test
    void shouldForgetTheLowestBeyondItsBound() {
        IndexedOffsets accounted = new IndexedOffsets();
        for (long offset = 0; offset <= 2L * (IndexedOffsets.MAX_RANGES + 1); offset += 2) {
            accounted.add(offset);
        }

        assertThat(accounted.missing(0, 3, 9)).containsExactly(new OffsetRange(0, 2));
        assertThat(accounted.missing(2, 5, 9)).containsExactly(new OffsetRange(3, 4));
    }
}
