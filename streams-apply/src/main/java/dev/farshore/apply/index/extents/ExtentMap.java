package dev.farshore.apply.index.extents;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.apply.index.spill.SpillException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Disjoint extents of sectors, in order, each with the seq of the event that wrote it last.
 *
 * <p>A radix tree over aligned {@link Region}s. Finding a block takes one step per hexadecimal
 * digit of the volume's size, and one or two cache misses, however much is dirty, as the upper
 * levels are small. A block of a densely written volume takes 8 bytes, a block alone in its
 * megabyte about 30.
 *
 * <p>Threading: none of its own; any number may read while nobody changes it.
 */
public final class ExtentMap {
    /** No position is beyond that: the sectors of the largest file there can be. */
    static final long MAX_SECTORS = Long.MAX_VALUE >> 9;

    private static final int EXTENTS_BETWEEN_CALLS = 1 << 14;

    /** Is shown extents in order. */
    public interface Visitor {
        void visit(long start, long length, long seq);
    }

    /** Is shown extents in order, until it has enough. */
    public interface StoppingVisitor {
        /**
         * @return whether to go on
         */
        boolean visit(long start, long length, long seq);
    }

    private final MapTotals totals = new MapTotals();
    private @Nullable Region root;
    private int rootBits = Region.SMALLEST_BITS;

    /** Where the last eviction ended. */
    private long evictionHand;

    /** How many pieces the extents are in: an extent in several regions is a piece in each. */
    public long pieceCount() {
        return totals.pieces;
    }

    /** Sectors that have a seq. */
    public long sectors() {
        return totals.sectors;
    }

    /** What it takes of the heap, as far as can be told. */
    public long heapBytes() {
        return totals.bytes;
    }

    /** The same, counted. */
    long countedHeapBytes() {
        return root == null ? 0 : root.heapBytes();
    }

    /** Gives the range {@code seq}, which is above 0, whatever it had before. */
    public void put(long start, long length, long seq) {
        if (length > 0) {
            growTo(start + length);
            root = Region.put(root, rootBits, start, start + length, seq, totals);
        }
    }

    private void growTo(long end) {
        if (end > MAX_SECTORS) {
            throw new IllegalArgumentException("sector %d is beyond all volumes".formatted(end));
        }
        while (end > 1L << rootBits) {
            int bits = rootBits + Region.FAN_OUT_BITS;
            boolean isAnySize = root instanceof SparseRegion && bits <= Region.LARGEST_SPARSE_BITS;
            if (root != null && !isAnySize) {
                root = BranchRegion.around(root, totals);
            }
            rootBits = bits;
        }
    }

    /** Takes away what has {@code seq} in the range, which holds all of it. */
    public void removeSeq(long start, long length, long seq) {
        long end = Math.min(start + length, 1L << rootBits);
        if (root != null && start < end) {
            root = root.removeSeq(rootBits, start, end, seq, totals);
        }
    }

    /** Takes away all. */
    public void clear() {
        if (root != null) {
            root.discard(rootBits, totals);
            root = null;
        }
        rootBits = Region.SMALLEST_BITS;
        evictionHand = 0;
    }

    /** Shows the extents in the range, cut to it. */
    public void forEach(long start, long end, Visitor visitor) {
        forEachWhile(
                start,
                end,
                (from, length, seq) -> {
                    visitor.visit(from, length, seq);
                    return true;
                });
    }

    /** Shows the extents in the range, cut to it, until the visitor wants no more. */
    public void forEachWhile(long start, long end, StoppingVisitor visitor) {
        long until = Math.min(end, 1L << rootBits);
        if (root != null && start < until) {
            Joining joining = new Joining(visitor);
            if (root.visit(rootBits, 0, start, until, joining)) {
                joining.finish();
            }
        }
    }

    /** Makes one extent of pieces that touch and have one seq. */
    private static final class Joining implements StoppingVisitor {
        private final StoppingVisitor visitor;
        private long start;
        private long length;
        private long seq;

        Joining(StoppingVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean visit(long pieceStart, long pieceLength, long pieceSeq) {
            if (pieceSeq == seq && pieceStart == start + length) {
                length += pieceLength;
                return true;
            }
            boolean isWanted = length == 0 || visitor.visit(start, length, seq);
            start = pieceStart;
            length = pieceLength;
            seq = pieceSeq;
            return isWanted;
        }

        void finish() {
            if (length > 0) {
                visitor.visit(start, length, seq);
            }
        }
    }

    /** Whether anything in the range has a seq. */
    public boolean intersects(long start, long end) {
        long until = Math.min(end, 1L << rootBits);
        return root != null && start < until && root.intersects(rootBits, start, until);
    }

    /**
     * Moves regions that are not in use to disk, until {@code keepBytes} are left on the heap, or
     * what is left is in use or too small.
     *
     * @throws SpillException if that fails; nothing is lost then
     */
    public void spill(PageStore pages, long keepBytes) {
        Eviction eviction = new Eviction(pages, totals, evictionHand, keepBytes);
        // The first round ends where the second begins to meet what it has seen.
        for (int round = 0; round < 3 && root != null && !eviction.isDone(); round++) {
            root = eviction.offer(root, rootBits, 0);
            if (!eviction.isDone()) {
                eviction.rewind();
            }
        }
        evictionHand = eviction.hand();
    }

    /** Writes all extents. */
    public void write(PackedWriter out) throws IOException {
        ExtentWriter writer = new ExtentWriter(out);
        if (root != null) {
            root.visit(rootBits, 0, 0, 1L << rootBits, writer);
        }
        writer.finish();
    }

    /**
     * Puts what {@link #write} wrote.
     *
     * @param afterSome called after every few thousand extents
     */
    public void read(PackedReader in, Runnable afterSome) throws IOException {
        ExtentReader reader = new ExtentReader(in);
        for (int count = 1; reader.next(); count++) {
            put(reader.start(), reader.end() - reader.start(), reader.seq());
            if (count % EXTENTS_BETWEEN_CALLS == 0) {
                afterSome.run();
            }
        }
    }
}
