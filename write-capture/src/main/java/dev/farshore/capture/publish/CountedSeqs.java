package dev.farshore.capture.publish;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Which of a volume's events are known to count ({@code FlushedMeansKept}). An acknowledgement by
 * Kafka does not say that: the log may have another's {@code EPOCH_OPENED} before the event, and
 * then every reader ignores it.
 *
 * <p>The argument. An image of this site that shows our epoch as the newest is a reader of the log
 * up to the offset of its newest event, and all of ours that it has applied counts. From an offset
 * on at which all records are our own ({@link OwnOffsetRuns}) nothing ends our epoch but a seal of
 * ours, and our events are in order. So when the image has reached such a run, or the record before
 * it, everything acknowledged in that run counts, and will for good, as nothing in the log changes
 * any more. (Its seq alone would not do: an event may have got in before the hole, unacknowledged,
 * and again behind it.)
 *
 * <p>That costs nothing while we write the partition alone: volumes of this process that share one
 * fill each other's holes. Behind a hole, after a failed send or where several sites share a
 * partition, a flush waits for the image.
 *
 * <p>Threading: any thread; those who wait are told outside the lock.
 */
public final class CountedSeqs {
    private final SeqWaiters waiters;

    /** Guards the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Where the run begins that {@link #ackedSeq} lies in. */
    private long runOffset = Long.MAX_VALUE;

    private long ackedSeq;
    private long seenSeq;
    private long seenOffset = -1;

    /**
     * @param firstSeq the first event that is not known to count
     */
    CountedSeqs(long firstSeq) {
        this.waiters = new SeqWaiters(firstSeq - 1);
        this.ackedSeq = firstSeq - 1;
        this.seenSeq = firstSeq - 1;
    }

    /** Those who wait until an event counts. */
    public SeqWaiters waiters() {
        return waiters;
    }

    /**
     * All in-sync replicas have event {@code seq}, the next one.
     *
     * @param firstOffset from there to the event all records are ours
     */
    void acknowledged(long seq, long firstOffset) {
        long counted;
        lock.lock();
        try {
            ackedSeq = seq;
            runOffset = firstOffset;
            counted = counted();
        } finally {
            lock.unlock();
        }
        waiters.reached(counted);
    }

    /**
     * An image that has our epoch as the newest has applied event {@code seq}, its newest.
     *
     * @param offset of that event; -1 if it is not known
     */
    public void seen(long seq, long offset) {
        long counted;
        lock.lock();
        try {
            seenSeq = Math.max(seenSeq, seq);
            seenOffset = Math.max(seenOffset, offset);
            counted = counted();
        } finally {
            lock.unlock();
        }
        waiters.reached(counted);
    }

    /** Newest event that is known to count. */
    public long newest() {
        lock.lock();
        try {
            return counted();
        } finally {
            lock.unlock();
        }
    }

    private long counted() {
        boolean isRunReached = runOffset != Long.MAX_VALUE && seenOffset >= runOffset - 1;
        return isRunReached ? Math.max(ackedSeq, seenSeq) : seenSeq;
    }
}
