package dev.farshore.apply.index.extents;

import org.jspecify.annotations.Nullable;

/** A region that one event wrote last, all of it. */
final class UniformRegion extends Region {
    private static final int BYTES = OBJECT_BYTES;

    private final long seq;

    private UniformRegion(long seq) {
        this.seq = seq;
    }

    static UniformRegion create(int bits, long seq, MapTotals totals) {
        totals.pieces++;
        totals.sectors += 1L << bits;
        totals.bytes += BYTES;
        return new UniformRegion(seq);
    }

    @Override
    Region put(int bits, long from, long until, long newSeq, MapTotals totals) {
        discard(bits, totals);
        return (bits <= LARGEST_SPARSE_BITS
                        ? SparseRegion.create(totals)
                        : BranchRegion.create(totals))
                .put(bits, 0, 1L << bits, seq, totals)
                .put(bits, from, until, newSeq, totals);
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long removedSeq, MapTotals totals) {
        if (seq != removedSeq) {
            return this;
        }
        discard(bits, totals);
        return null;
    }

    @Override
    boolean visit(int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor) {
        return visitor.visit(base + from, until - from, seq);
    }

    @Override
    boolean intersects(int bits, long from, long until) {
        return true;
    }

    @Override
    void discard(int bits, MapTotals totals) {
        totals.pieces--;
        totals.sectors -= 1L << bits;
        totals.bytes -= BYTES;
    }

    @Override
    long heapBytes() {
        return BYTES;
    }
}
