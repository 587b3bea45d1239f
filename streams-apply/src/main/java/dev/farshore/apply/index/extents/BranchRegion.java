package dev.farshore.apply.index.extents;

import org.jspecify.annotations.Nullable;

/** A region divided into sixteen. */
final class BranchRegion extends Region {
    private static final int FAN_OUT = 1 << FAN_OUT_BITS;

    /** Four bytes a compressed reference. */
    private static final int BYTES = OBJECT_BYTES + ARRAY_BYTES + 4 * FAN_OUT;

    private final @Nullable Region[] parts = new Region[FAN_OUT];
    private int partCount;

    private BranchRegion() {}

    static BranchRegion create(MapTotals totals) {
        totals.bytes += BYTES;
        return new BranchRegion();
    }

    /** Puts a region that begins where this one does into its first part. */
    static Region around(Region first, MapTotals totals) {
        BranchRegion branch = create(totals);
        branch.set(0, first);
        return branch;
    }

    private void set(int slot, @Nullable Region part) {
        partCount += (part == null ? 0 : 1) - (parts[slot] == null ? 0 : 1);
        parts[slot] = part;
    }

    @Override
    Region put(int bits, long from, long until, long seq, MapTotals totals) {
        isTouched = true;
        int partBits = bits - FAN_OUT_BITS;
        long partSectors = 1L << partBits;
        for (int slot = (int) (from >> partBits); slot <= (until - 1) >> partBits; slot++) {
            long base = (long) slot << partBits;
            Region part = parts[slot];
            Region after =
                    put(
                            part,
                            partBits,
                            Math.max(0, from - base),
                            Math.min(partSectors, until - base),
                            seq,
                            totals);
            if (after != part) {
                set(slot, after);
            }
        }
        return this;
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long seq, MapTotals totals) {
        isTouched = true;
        int partBits = bits - FAN_OUT_BITS;
        long partSectors = 1L << partBits;
        for (int slot = (int) (from >> partBits); slot <= (until - 1) >> partBits; slot++) {
            Region part = parts[slot];
            if (part != null) {
                long base = (long) slot << partBits;
                Region after =
                        part.removeSeq(
                                partBits,
                                Math.max(0, from - base),
                                Math.min(partSectors, until - base),
                                seq,
                                totals);
                if (after != part) {
                    set(slot, after);
                }
            }
        }
        if (partCount > 0) {
            return this;
        }
        totals.bytes -= BYTES;
        return null;
    }

    @Override
    boolean visit(int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor) {
        int partBits = bits - FAN_OUT_BITS;
        long partSectors = 1L << partBits;
        for (int slot = (int) (from >> partBits); slot <= (until - 1) >> partBits; slot++) {
            Region part = parts[slot];
            long partBase = (long) slot << partBits;
            if (part != null
                    && !part.visit(
                            partBits,
                            base + partBase,
                            Math.max(0, from - partBase),
                            Math.min(partSectors, until - partBase),
                            visitor)) {
                return false;
            }
        }
        return true;
    }

    @Override
    boolean intersects(int bits, long from, long until) {
        int partBits = bits - FAN_OUT_BITS;
        long partSectors = 1L << partBits;
        for (int slot = (int) (from >> partBits); slot <= (until - 1) >> partBits; slot++) {
            Region part = parts[slot];
            long base = (long) slot << partBits;
            if (part != null
                    && part.intersects(
                            partBits,
                            Math.max(0, from - base),
                            Math.min(partSectors, until - base))) {
                return true;
            }
        }
        return false;
    }

    /** Lets an eviction choose among the pages in it. */
    void offerPages(int bits, long base, Eviction eviction) {
        int partBits = bits - FAN_OUT_BITS;
        for (int slot = eviction.firstSlot(base, partBits); slot < FAN_OUT; slot++) {
            if (eviction.isDone()) {
                return;
            }
            Region part = parts[slot];
            long partBase = base + ((long) slot << partBits);
            if (part != null) {
                parts[slot] = eviction.offer(part, partBits, partBase);
            }
        }
    }

    @Override
    void discard(int bits, MapTotals totals) {
        for (Region part : parts) {
            if (part != null) {
                part.discard(bits - FAN_OUT_BITS, totals);
            }
        }
        totals.bytes -= BYTES;
    }

    @Override
    long heapBytes() {
        long bytes = BYTES;
        for (Region part : parts) {
            bytes += part == null ? 0 : part.heapBytes();
        }
        return bytes;
    }
}
