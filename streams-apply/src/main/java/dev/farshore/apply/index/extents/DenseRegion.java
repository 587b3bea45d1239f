package dev.farshore.apply.index.extents;

import org.jspecify.annotations.Nullable;

/** A small region with a slot for each of its blocks, or sectors: zero, or the slot's seq. */
final class DenseRegion extends Region {
    /** 4 KiB: what guests and their file systems write mostly. */
    static final int BLOCK_BITS = 3;

    /** With fewer filled slots it is sparse again: so far from the other bound, it stays that. */
    private static final int MIN_SLOTS = SparseRegion.MAX_RANGES / 3;

    private final long[] seqs;
    private final int slotBits;
    private int filled;

    private DenseRegion(int slots, int slotBits) {
        this.seqs = new long[slots];
        this.slotBits = slotBits;
    }

    /**
     * @param slotBits a slot is 2^slotBits sectors
     */
    static DenseRegion create(int bits, int slotBits, MapTotals totals) {
        DenseRegion region = new DenseRegion(1 << (bits - slotBits), slotBits);
        totals.bytes += region.heapBytes();
        return region;
    }

    @Override
    Region put(int bits, long from, long until, long seq, MapTotals totals) {
        if (((from | until) & (1L << slotBits) - 1) != 0) {
            return moveTo(BranchRegion.create(totals), bits, totals)
                    .put(bits, from, until, seq, totals);
        }
        isTouched = true;
        int newlyFilled = 0;
        for (int slot = (int) (from >> slotBits); slot < until >> slotBits; slot++) {
            newlyFilled += seqs[slot] == 0 ? 1 : 0;
            seqs[slot] = seq;
        }
        count(newlyFilled, totals);
        return this;
    }

    private void count(int newlyFilled, MapTotals totals) {
        filled += newlyFilled;
        totals.pieces += newlyFilled;
        totals.sectors += (long) newlyFilled << slotBits;
    }

    private Region moveTo(Region empty, int bits, MapTotals totals) {
        discard(bits, totals);
        Region region = empty;
        for (int slot = 0; slot < seqs.length; slot++) {
            if (seqs[slot] != 0) {
                int end = endOfRun(slot, seqs.length);
                region =
                        region.put(
                                bits,
                                (long) slot << slotBits,
                                (long) end << slotBits,
                                seqs[slot],
                                totals);
                slot = end - 1;
            }
        }
        return region;
    }

    /** The first slot behind {@code slot} that has another seq. */
    private int endOfRun(int slot, int limit) {
        int end = slot + 1;
        while (end < limit && seqs[end] == seqs[slot]) {
            end++;
        }
        return end;
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long seq, MapTotals totals) {
        isTouched = true;
        int emptied = 0;
        for (int slot = (int) (from >> slotBits); slot <= (until - 1) >> slotBits; slot++) {
            if (seqs[slot] == seq) {
                seqs[slot] = 0;
                emptied++;
            }
        }
        count(-emptied, totals);
        if (filled == 0) {
            totals.bytes -= heapBytes();
            return null;
        }
        return filled >= MIN_SLOTS ? this : moveTo(SparseRegion.create(totals), bits, totals);
    }

    @Override
    boolean visit(int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor) {
        int limit = (int) ((until - 1) >> slotBits) + 1;
        for (int slot = (int) (from >> slotBits); slot < limit; slot++) {
            if (seqs[slot] != 0) {
                int end = endOfRun(slot, limit);
                long start = Math.max(from, (long) slot << slotBits);
                long length = Math.min(until, (long) end << slotBits) - start;
                if (!visitor.visit(base + start, length, seqs[slot])) {
                    return false;
                }
                slot = end - 1;
            }
        }
        return true;
    }

    @Override
    boolean intersects(int bits, long from, long until) {
        for (int slot = (int) (from >> slotBits); slot <= (until - 1) >> slotBits; slot++) {
            if (seqs[slot] != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    void discard(int bits, MapTotals totals) {
        totals.pieces -= filled;
        totals.sectors -= (long) filled << slotBits;
        totals.bytes -= heapBytes();
    }

    @Override
    long heapBytes() {
        return OBJECT_BYTES + ARRAY_BYTES + 8L * seqs.length;
    }
}
