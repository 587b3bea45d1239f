package dev.farshore.capture.seed;

import dev.farshore.schemas.log.EventHeader;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The sectors of a volume that some event has changed since {@code SEED_STARTED}: the seed must
 * leave them alone. Of the others the source has the newest content.
 *
 * <p>Memory: one bit per sector, in regions of 2 MiB that are added when first written and removed
 * when the seed has passed them; so at most 1/4096 of the volume.
 *
 * <p>Threading: any thread. Events are added under the volume's lock, each before its write
 * completes.
 */
public final class TouchedRanges {
    static final int SECTOR_BYTES = 512;

    private static final int REGION_SHIFT = 21;
    private static final long REGION_BYTES = 1L << REGION_SHIFT;
    private static final int REGION_SECTORS = (int) (REGION_BYTES / SECTOR_BYTES);

    private final Map<Long, BitSet> regions = new HashMap<>();

    /** Everything before it counts as touched: the seed has passed it. */
    private long frontier;

    /** So does everything from here on: the source is smaller, or the volume was at some time. */
    private long limit;

    /**
     * @param limitBytes size of the source, in whole sectors
     */
    public TouchedRanges(long limitBytes) {
        this.limit = limitBytes;
    }

    /** Adds an event behind {@code SEED_STARTED}. */
    public synchronized void onEvent(EventHeader event) {
        switch (event.kind()) {
            case WRITE, ZERO, TRIM -> add(event.offset(), event.offset() + event.length());
            // What was cut off reads as zeroes if the volume grows again.
            case RESIZE, EPOCH_OPENED -> limit = Math.min(limit, event.length());
            case FLUSH, BOOKMARK, EPOCH_SEALED, SEED_STARTED, SEED_FINISHED, UNKNOWN -> {
                // No range.
            }
        }
    }

    private void add(long from, long to) {
        long end = Math.min(to, limit);
        for (long at = Math.max(from, frontier); at < end; ) {
            long region = at >> REGION_SHIFT;
            long until = Math.min(end, (region + 1) << REGION_SHIFT);
            regions.computeIfAbsent(region, number -> new BitSet(REGION_SECTORS))
                    .set(sector(region, at), sector(region, until));
            at = until;
        }
    }

    /** The seed has dealt with everything before {@code offset}. */
    synchronized void pass(long offset) {
        for (long region = frontier >> REGION_SHIFT;
                region < offset >> REGION_SHIFT && !regions.isEmpty();
                region++) {
            regions.remove(region);
        }
        frontier = Math.max(frontier, offset);
    }

    /** The first untouched byte of a range; its end if there is none. */
    public synchronized long nextUntouched(long from, long to) {
        long end = Math.min(to, limit);
        long at = Math.max(from, frontier);
        while (at < end) {
            long region = at >> REGION_SHIFT;
            BitSet touched = regions.get(region);
            if (touched == null) {
                return at;
            }
            long found = offset(region, touched.nextClearBit(sector(region, at)));
            if (found < (region + 1) << REGION_SHIFT) {
                return Math.min(found, end) == end ? to : found;
            }
            at = found;
        }
        return to;
    }

    /** The first touched byte of a range; its end if there is none. */
    public synchronized long nextTouched(long from, long to) {
        if (from < frontier && from < to) {
            return from;
        }
        long end = Math.min(to, limit);
        for (long at = from; at < end; ) {
            long region = at >> REGION_SHIFT;
            long until = Math.min(end, (region + 1) << REGION_SHIFT);
            BitSet touched = regions.get(region);
            int bit = touched == null ? -1 : touched.nextSetBit(sector(region, at));
            if (bit >= 0 && offset(region, bit) < until) {
                return offset(region, bit);
            }
            at = until;
        }
        return Math.max(from, end);
    }

    /** Size of the source, or less if the volume was smaller at some time since. */
    public synchronized long limit() {
        return limit;
    }

    private static int sector(long region, long offset) {
        return (int) ((offset - (region << REGION_SHIFT)) / SECTOR_BYTES);
    }

    private static long offset(long region, int sector) {
        return (region << REGION_SHIFT) + (long) sector * SECTOR_BYTES;
    }
}
