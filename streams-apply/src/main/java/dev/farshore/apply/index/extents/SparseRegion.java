package dev.farshore.apply.index.extents;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * A region of a few ranges: sorted, disjoint, two words each.
 *
 * <pre>
 * words[2 i]      first sector (32 bits) · sectors (32 bits)
 * words[2 i + 1]  seq
 * </pre>
 */
final class SparseRegion extends Region {
    /** With more, another form takes less memory, or less time. */
    static final int MAX_RANGES = 64;

    private static final int FIRST_CAPACITY = 2;
    private static final long LOW_WORD = 0xFFFF_FFFFL;

    private long[] words;
    private int count;

    private SparseRegion(int capacity) {
        words = new long[2 * capacity];
    }

    /** To be filled at once: a region without ranges is no region. */
    static SparseRegion create(MapTotals totals) {
        SparseRegion region = new SparseRegion(FIRST_CAPACITY);
        totals.bytes += region.heapBytes();
        return region;
    }

    private long start(int at) {
        return words[2 * at] >>> 32;
    }

    private long end(int at) {
        long word = words[2 * at];
        return (word >>> 32) + (word & LOW_WORD);
    }

    private long seq(int at) {
        return words[2 * at + 1];
    }

    private void set(int at, long from, long until, long seq) {
        words[2 * at] = from << 32 | (until - from);
        words[2 * at + 1] = seq;
    }

    /** The first range that does not end at or before a sector; {@link #count} if all do. */
    private int firstEndingAfter(long sector) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(middle) <= sector) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int firstStartingFrom(int first, long sector) {
        int at = first;
        while (at < count && start(at) < sector) {
            at++;
        }
        return at;
    }

    @Override
    Region put(int bits, long from, long until, long seq, MapTotals totals) {
        isTouched = true;
        int first = firstEndingAfter(from);
        int next = firstStartingFrom(first, until);
        if (next == first + 1 && start(first) == from && end(first) == until) {
            // The same blocks again: by far the most frequent overlap.
            words[2 * first + 1] = seq;
            return this;
        }
        totals.sectors += until - from;
        long headStart = from;
        long headSeq = 0;
        long tailEnd = until;
        long tailSeq = 0;
        if (first < next) {
            for (int at = first; at < next; at++) {
                totals.sectors -= Math.min(end(at), until) - Math.max(start(at), from);
            }
            headStart = Math.min(start(first), from);
            headSeq = seq(first);
            tailEnd = Math.max(end(next - 1), until);
            tailSeq = seq(next - 1);
        }
        int head = headStart < from ? 1 : 0;
        int tail = tailEnd > until ? 1 : 0;
        splice(first, next, head + 1 + tail, totals);
        if (head > 0) {
            set(first, headStart, from, headSeq);
        }
        set(first + head, from, until, seq);
        if (tail > 0) {
            set(first + head + 1, until, tailEnd, tailSeq);
        }
        return count <= MAX_RANGES ? this : inAnotherForm(bits, totals);
    }

    /** Makes room for {@code replacements} ranges where those of {@code [from, until)} are. */
    private void splice(int from, int until, int replacements, MapTotals totals) {
        int newCount = count - (until - from) + replacements;
        if (2 * newCount > words.length) {
            resize(Math.max(newCount, count + (count >> 1)), totals);
        }
        if (until < count && until - from != replacements) {
            System.arraycopy(
                    words, 2 * until, words, 2 * (from + replacements), 2 * (count - until));
        }
        totals.pieces += newCount - count;
        count = newCount;
    }

    private void resize(int capacity, MapTotals totals) {
        totals.bytes += 16L * capacity - 8L * words.length;
        words = Arrays.copyOf(words, 2 * capacity);
    }

    private Region inAnotherForm(int bits, MapTotals totals) {
        discard(bits, totals);
        Region region;
        if (bits == SMALLEST_BITS) {
            region = DenseRegion.create(bits, 0, totals);
        } else if (bits == BLOCKS_BITS && isOfWholeBlocks()) {
            region = DenseRegion.create(bits, DenseRegion.BLOCK_BITS, totals);
        } else {
            region = BranchRegion.create(totals);
        }
        for (int at = 0; at < count; at++) {
            region = region.put(bits, start(at), end(at), seq(at), totals);
        }
        return region;
    }

    private boolean isOfWholeBlocks() {
        long bitsUsed = 0;
        for (int at = 0; at < count; at++) {
            bitsUsed |= start(at) | end(at);
        }
        return (bitsUsed & (1 << DenseRegion.BLOCK_BITS) - 1) == 0;
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long seq, MapTotals totals) {
        isTouched = true;
        int at = firstEndingAfter(from);
        while (at < count && start(at) < until) {
            int gone = at;
            while (gone < count && start(gone) < until && seq(gone) == seq) {
                totals.sectors -= end(gone) - start(gone);
                gone++;
            }
            if (gone > at) {
                splice(at, gone, 0, totals);
            } else {
                at++;
            }
        }
        if (count == 0) {
            totals.bytes -= heapBytes();
            return null;
        }
        if (8 * count <= words.length && words.length > 2 * FIRST_CAPACITY) {
            resize(Math.max(FIRST_CAPACITY, 2 * count), totals);
        }
        return this;
    }

    @Override
    boolean visit(int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor) {
        for (int at = firstEndingAfter(from); at < count && start(at) < until; at++) {
            long start = Math.max(from, start(at));
            if (!visitor.visit(base + start, Math.min(until, end(at)) - start, seq(at))) {
                return false;
            }
        }
        return true;
    }

    @Override
    boolean intersects(int bits, long from, long until) {
        int at = firstEndingAfter(from);
        return at < count && start(at) < until;
    }

    @Override
    void discard(int bits, MapTotals totals) {
        for (int at = 0; at < count; at++) {
            totals.sectors -= end(at) - start(at);
        }
        totals.pieces -= count;
        totals.bytes -= heapBytes();
    }

    @Override
    long heapBytes() {
        return OBJECT_BYTES + ARRAY_BYTES + 8L * words.length;
    }
}
