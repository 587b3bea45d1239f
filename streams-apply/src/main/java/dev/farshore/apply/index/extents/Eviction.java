package dev.farshore.apply.index.extents;

import dev.farshore.apply.index.spill.PageStore;

/**
 * Moves pages of a map that were not used lately to disk: a clock (second chance) algorithm. Its
 * hand goes through the pages in order. A page that was touched since the last pass stays this
 * time.
 *
 * <p>Threading: none of its own.
 */
final class Eviction {
    /** A smaller page is not worth the object that replaces it. */
    private static final int MIN_PAGE_BYTES = 4 * SpilledRegion.BYTES;

    private final PageStore pages;
    private final MapTotals totals;
    private final long keepBytes;

    /** The first sector of the page that comes next. */
    private long hand;

    /**
     * @param hand where the last eviction ended
     * @param keepBytes what may stay on the heap
     */
    Eviction(PageStore pages, MapTotals totals, long hand, long keepBytes) {
        this.pages = pages;
        this.totals = totals;
        this.hand = hand;
        this.keepBytes = keepBytes;
    }

    boolean isDone() {
        return totals.bytes <= keepBytes;
    }

    long hand() {
        return hand;
    }

    void rewind() {
        hand = 0;
    }

    /** The first part of a region at {@code base} that the hand has not passed yet. */
    int firstSlot(long base, int partBits) {
        return hand <= base ? 0 : (int) ((hand - base) >> partBits);
    }

    /** Returns what stands for the region from now on. */
    Region offer(Region region, int bits, long base) {
        if (region instanceof BranchRegion branch && bits > Region.PAGE_BITS) {
            branch.offerPages(bits, base, this);
            return region;
        }
        hand = base + (1L << bits);
        if (region instanceof SpilledRegion || region instanceof UniformRegion) {
            return region;
        }
        if (region.isTouched) {
            region.isTouched = false;
            return region;
        }
        return region.heapBytes() < MIN_PAGE_BYTES
                ? region
                : SpilledRegion.of(region, bits, pages, totals);
    }
}
