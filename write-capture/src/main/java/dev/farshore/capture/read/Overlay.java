package dev.farshore.capture.read;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.log.EventHeader;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The newest journal entry of every sector that the local image may not have yet. What it says of a
 * range is a {@link ReadPlan}; {@link OverlayReader} reads by it.
 *
 * <p><b>Shape.</b> A range is cut into the largest aligned chunks that fit: 1 GiB, 2 MiB, 4 KiB
 * blocks, and sectors at its ends. Each chunk is one entry of a hash table, so a random 4 KiB write
 * costs one, and a discard of a terabyte a thousand. The newest of the chunks that hold a sector
 * counts. Memory is bounded by the entries put and not forgotten: for 4 KiB writes about 64 to 128
 * bytes each, with no object of their own.
 *
 * <p><b>Threading.</b> {@link #put} in seq order by one thread at a time (the volume's lock);
 * {@link #forgetUpTo} from another; {@link #plan} from any number of others. The tables are striped
 * by region of 2 MiB: see {@link Stripe} for what a reader can wait for, which is neither I/O nor
 * the volume's lock.
 */
public final class Overlay {
    private static final int STRIPES = 64;
    private static final int WIDE_SHIFT = 30;
    private static final long WIDE_BYTES = 1L << WIDE_SHIFT;
    private static final long REGION_BYTES = 1L << Stripe.REGION_SHIFT;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private final WideRanges wide = new WideRanges();
    private final PutRanges ranges = new PutRanges();
    private final ReentrantReadWriteLock forgetting = new ReentrantReadWriteLock();

    private volatile long lastPut;
    private volatile long forgotten;

    public Overlay() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    /**
     * Lets an event cover its range. Comes after the event is in the journal, in order and without
     * holes, and before its write completes.
     */
    public void put(EventHeader event) {
        switch (event.kind()) {
            case WRITE -> put(event.seq(), event.offset(), event.length(), false);
            case ZERO, TRIM -> put(event.seq(), event.offset(), event.length(), true);
            case RESIZE, EPOCH_OPENED -> {
                // What is cut off reads as zeroes should the volume grow again.
                wide.putSize(event.length(), Coverage.of(event.seq(), true));
                put(event.seq(), 0, 0, true);
            }
            case FLUSH, BOOKMARK, EPOCH_SEALED, SEED_STARTED, SEED_FINISHED, UNKNOWN ->
                    put(event.seq(), 0, 0, false);
        }
    }

    private void put(long seq, long offset, long length, boolean isZeroes) {
        if (((offset | length) & BlockDevice.BLOCK_BYTES - 1) != 0) {
            throw new IllegalArgumentException(
                    "range of event %d, %d bytes at %d, is not of whole sectors"
                            .formatted(seq, length, offset));
        }
        long coverage = Coverage.of(seq, isZeroes);
        long end = offset + length;
        ranges.add(seq, offset, end);
        for (long at = offset; at < end; at = endOfChunk(at, end)) {
            if (isWide(at, end)) {
                wide.put(at >> WIDE_SHIFT, coverage);
            } else {
                stripe(at).put(at, endOfChunk(at, end), coverage);
            }
        }
        // Published last: whoever sees it and plans afterwards sees the ranges.
        lastPut = seq;
    }

    /**
     * Forgets the events up to {@code seq}. Comes after the image has them and before the journal
     * releases them. Waits for the rare reader that has asked to {@link #holdForgetting}.
     */
    public void forgetUpTo(long seq) {
        Lock lock = forgetting.writeLock();
        lock.lock();
        try {
            long upTo = Math.min(seq, lastPut);
            if (upTo <= forgotten) {
                return;
            }
            // Published first: whoever misses a range that was removed sees that something was.
            forgotten = upTo;
            for (long first = ranges.firstSeq();
                    first != 0 && first <= upTo;
                    first = ranges.firstSeq()) {
                remove(first, ranges.from(first), ranges.to(first));
                wide.removeSizesUpTo(first);
                ranges.removeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove(long seq, long from, long to) {
        for (long at = from; at < to; at = endOfChunk(at, to)) {
            if (isWide(at, to)) {
                wide.remove(at >> WIDE_SHIFT, seq);
            } else {
                stripe(at).remove(at, endOfChunk(at, to), seq);
            }
        }
    }

    /**
     * Says where the newest data of a range is. Every region of it is seen at one moment; of a
     * range over several regions each at its own.
     */
    public ReadPlan plan(long offset, int length) {
        ReadPlan plan = new ReadPlan(offset);
        long end = offset + length;
        long stamp;
        do {
            plan.cutTo(offset);
            stamp = wide.stamp();
            long pieceEnd;
            for (long at = offset; at < end; at = pieceEnd) {
                pieceEnd = wide.endOfPiece(at, endOfRegion(at, end));
                stripe(at).plan(at, pieceEnd, wide.find(at >> WIDE_SHIFT, at), plan);
            }
        } while (!wide.isUnchangedSince(stamp));
        return plan;
    }

    /** Newest event put; a plan made after this call knows it. */
    public long lastPut() {
        return lastPut;
    }

    /** Newest event forgotten, or being forgotten. */
    long forgotten() {
        return forgotten;
    }

    /** While locked, nothing is forgotten. For a reader that could not keep up with the applier. */
    Lock holdForgetting() {
        return forgetting.readLock();
    }

    /** Events put and not forgotten. */
    public long size() {
        return ranges.size();
    }

    private Stripe stripe(long at) {
        return stripes[(int) ((at >> Stripe.REGION_SHIFT) * SPREAD >>> 32) & STRIPES - 1];
    }

    private static boolean isWide(long at, long end) {
        return (at & WIDE_BYTES - 1) == 0 && end - at >= WIDE_BYTES;
    }

    private static long endOfChunk(long at, long end) {
        return isWide(at, end) ? at + WIDE_BYTES : endOfRegion(at, end);
    }

    private static long endOfRegion(long at, long end) {
        return Math.min(end, (at | REGION_BYTES - 1) + 1);
    }
}
