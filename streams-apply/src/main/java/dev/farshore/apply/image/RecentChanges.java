package dev.farshore.apply.image;

import java.lang.invoke.VarHandle;

/**
 * The ranges that the newest events of an image changed, so that a reader can tell whether what it
 * read is of one moment. It notes where the image stands, reads, and asks here whether a later
 * event has begun to change the range. The applier never waits.
 *
 * <p>Why that is enough. An event is entered before its first byte is written. So a read that got a
 * byte of it was not over before the entry, and finds it. An entry is overwritten by the event
 * {@value #KEPT} further on; a reader that might have missed one for that reason is told that the
 * range was touched.
 *
 * <p>Threading: one thread enters, any thread asks.
 */
final class RecentChanges {
    /** A power of two: about 40 ms of a fast applier. */
    static final int KEPT = 4096;

    private final long[] offsets = new long[KEPT];
    private final long[] lengths = new long[KEPT];
    private volatile long begunSeq;

    /**
     * @param seq of the event before the first that will be entered
     */
    RecentChanges(long seq) {
        begunSeq = seq;
    }

    /** The next event is about to change a range; of no length if it changes none. */
    void begin(long seq, long offset, long length) {
        int slot = (int) seq & KEPT - 1;
        // After the last entry was published, so that an overwritten slot is not seen before it.
        VarHandle.storeStoreFence();
        offsets[slot] = offset;
        lengths[slot] = length;
        begunSeq = seq;
    }

    /** Whether no event after {@code seq} has begun to change any of a range; false if unknown. */
    boolean isUntouchedSince(long seq, long offset, long length) {
        // What was read came from system calls; look only after them.
        VarHandle.fullFence();
        long begun = begunSeq;
        if (begun - seq >= KEPT) {
            return false;
        }
        for (long at = seq + 1; at <= begun; at++) {
            int slot = (int) at & KEPT - 1;
            if (offsets[slot] < offset + length && offset < offsets[slot] + lengths[slot]) {
                return false;
            }
        }
        VarHandle.loadLoadFence();
        // The event after the newest one may be overwriting the slot of the first looked at.
        return begunSeq - seq < KEPT;
    }
}
