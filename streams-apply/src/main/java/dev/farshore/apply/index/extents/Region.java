package dev.farshore.apply.index.extents;

import org.jspecify.annotations.Nullable;

/**
 * An aligned region of 2^bits sectors, with the seqs of its parts. An empty region is null.
 * Otherwise its form follows its content, and an update returns the form to use from then on:
 *
 * <ul>
 *   <li>{@link UniformRegion}: one seq for all of it, so a TRIM of terabytes is a few objects;
 *   <li>{@link SparseRegion}: some ranges, in order;
 *   <li>{@link DenseRegion}: an array of slots, for the smallest regions only;
 *   <li>{@link BranchRegion}: sixteen regions of a sixteenth of the size;
 *   <li>{@link SpilledRegion}: it is on disk.
 * </ul>
 *
 * <p>All positions are relative to the region's first sector.
 */
abstract sealed class Region
        permits UniformRegion, SparseRegion, DenseRegion, BranchRegion, SpilledRegion {
    static final int FAN_OUT_BITS = 4;

    /** 64 KiB. */
    static final int SMALLEST_BITS = 7;

    /** 1 MiB: from here on down a region may have a slot for each block of 4 KiB. */
    static final int BLOCKS_BITS = 11;

    /** 16 MiB: what goes to disk as one. */
    static final int PAGE_BITS = 15;

    /** 1 TiB: up to here ranges fit into the packed form of a {@link SparseRegion}. */
    static final int LARGEST_SPARSE_BITS = 31;

    /** Of the JVM, with compressed references. */
    static final int OBJECT_BYTES = 24;

    static final int ARRAY_BYTES = 16;

    /** Has been changed since somebody looked for regions that are not in use. */
    boolean isTouched = true;

    /**
     * Gives a part of the region {@code seq}, whatever it had before: {@code 0 <= from < until <=
     * 2^bits}.
     *
     * @return this region from now on
     */
    abstract Region put(int bits, long from, long until, long seq, MapTotals totals);

    /**
     * Takes away what has {@code seq} in a part of the region that holds all of it.
     *
     * @return this region from now on; null if nothing is left
     */
    abstract @Nullable Region removeSeq(
            int bits, long from, long until, long seq, MapTotals totals);

    /**
     * Shows the pieces in a part of the region, in order, cut to it.
     *
     * @param base added to every position shown
     * @return whether the visitor wants to go on
     */
    abstract boolean visit(
            int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor);

    /** Whether anything is in the part. */
    abstract boolean intersects(int bits, long from, long until);

    /** Takes the region out of the totals, before it is dropped. */
    abstract void discard(int bits, MapTotals totals);

    /** What it takes of the heap. */
    abstract long heapBytes();

    /** {@link #put} into a region that may not be there yet. */
    static Region put(
            @Nullable Region region, int bits, long from, long until, long seq, MapTotals totals) {
        if (from == 0 && until == 1L << bits) {
            if (region != null) {
                region.discard(bits, totals);
            }
            return UniformRegion.create(bits, seq, totals);
        }
        if (region != null) {
            return region.put(bits, from, until, seq, totals);
        }
        return (bits <= LARGEST_SPARSE_BITS
                        ? SparseRegion.create(totals)
                        : BranchRegion.create(totals))
                .put(bits, from, until, seq, totals);
    }
}
