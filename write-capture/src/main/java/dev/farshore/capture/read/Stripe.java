package dev.farshore.capture.read;

import java.util.concurrent.locks.StampedLock;

/**
 * The coverage of some regions of a volume.
 *
 * <p>A region, 2 MiB, is covered by blocks of 4 KiB, or in one piece by an event that covers all of
 * it. Both lie in the same stripe, so a reader sees a region at one moment.
 *
 * <p>Threading: any thread. A reader reads optimistically; if a writer came in between it does so
 * again under the read lock, and waits for a change of a few words in memory, never for I/O.
 */
final class Stripe {
    static final int SECTOR_SHIFT = 9;
    static final int BLOCK_SHIFT = 12;
    static final int REGION_SHIFT = 21;

    private static final long BLOCK_BYTES = 1L << BLOCK_SHIFT;
    private static final long REGION_BYTES = 1L << REGION_SHIFT;
    private static final int SECTORS_PER_BLOCK = 1 << BLOCK_SHIFT - SECTOR_SHIFT;

    private final StampedLock lock = new StampedLock();
    private final CoverageTable blocks = new CoverageTable();
    private final CoverageTable regions = new CoverageTable();

    /** Covers a range within one region by an event newer than all before. */
    void put(long from, long to, long coverage) {
        long stamp = lock.writeLock();
        try {
            if (isRegion(from, to)) {
                regions.put(from >> REGION_SHIFT, coverage);
                return;
            }
            for (long at = from; at < to; at = endOfBlock(at, to)) {
                int sectors = sectors(at, endOfBlock(at, to));
                blocks.put(at >> BLOCK_SHIFT, Coverage.withSectors(coverage, sectors));
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Removes what event {@code seq}, put with the same range, still covers. */
    void remove(long from, long to, long seq) {
        long stamp = lock.writeLock();
        try {
            if (isRegion(from, to)) {
                regions.remove(from >> REGION_SHIFT, seq);
                return;
            }
            for (long at = from; at < to; at = endOfBlock(at, to)) {
                blocks.remove(at >> BLOCK_SHIFT, seq);
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /**
     * Adds the pieces of a range within one region to a plan.
     *
     * @param under what covers all of it in a larger piece, if anything
     */
    void plan(long from, long to, long under, ReadPlan plan) {
        long stamp = lock.tryOptimisticRead();
        if (stamp != 0) {
            collect(from, to, under, plan);
            if (lock.validate(stamp)) {
                return;
            }
            plan.cutTo(from);
        }
        stamp = lock.readLock();
        try {
            collect(from, to, under, plan);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    private void collect(long from, long to, long under, ReadPlan plan) {
        long region =
                Coverage.newer(under, regions.find(from >> REGION_SHIFT, Coverage.ALL_SECTORS));
        if (blocks.isEmpty()) {
            plan.add(to, region);
            return;
        }
        for (long at = from; at < to; at = endOfBlock(at, to)) {
            collectBlock(at, endOfBlock(at, to), region, plan);
        }
    }

    private void collectBlock(long from, long to, long region, ReadPlan plan) {
        long block = from >> BLOCK_SHIFT;
        int wanted = sectors(from, to);
        long covering = blocks.find(block, wanted);
        if (covering == Coverage.NONE || (Coverage.sectors(covering) & wanted) == wanted) {
            plan.add(to, Coverage.newer(covering, region));
            return;
        }
        for (long sector = from; sector < to; sector += 1 << SECTOR_SHIFT) {
            int bit = sectors(sector, sector + (1 << SECTOR_SHIFT));
            plan.add(sector + (1 << SECTOR_SHIFT), Coverage.newer(blocks.find(block, bit), region));
        }
    }

    private static boolean isRegion(long from, long to) {
        return to - from == REGION_BYTES;
    }

    private static long endOfBlock(long at, long to) {
        return Math.min(to, (at | BLOCK_BYTES - 1) + 1);
    }

    /** The sectors of a range within one block, as bits. */
    private static int sectors(long from, long to) {
        int first = (int) (from >> SECTOR_SHIFT) & SECTORS_PER_BLOCK - 1;
        int count = (int) (to - from >> SECTOR_SHIFT);
        return (1 << count) - 1 << first;
    }
}
