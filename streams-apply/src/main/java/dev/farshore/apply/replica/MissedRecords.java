package dev.farshore.apply.replica;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How far a partition has gone on without one of its replicas, which must read as much before it is
 * live again.
 *
 * <p>Threading: any thread. What is missed and whether the replica is live change together only
 * under its lock ({@link CurrentReplicaState}).
 */
public final class MissedRecords {
    private static final long NO_OFFSET = ReplicaLifecycle.NO_OFFSET;

    private final LongSupplier seenOffset;
    private final AtomicLong untilOffset = new AtomicLong(NO_OFFSET);

    /**
     * @param seenOffset of the newest record that the partition has taken in
     */
    MissedRecords(LongSupplier seenOffset) {
        this.seenOffset = seenOffset;
    }

    /** The record at {@code offset}, and all that the partition has seen, are missed. */
    void note(long offset) {
        long seen = Math.max(offset, seenOffset.getAsLong());
        untilOffset.accumulateAndGet(seen, Math::max);
    }

    /** Newest record that is missed, as of now; -1 if none is. */
    public long untilOffset() {
        return untilOffset.get();
    }

    /**
     * The log ends before {@code endOffset}: there is no more to read, whatever the partition took
     * in before records were lost.
     *
     * @param untilBefore what {@link #untilOffset} was before the log was asked for its end; if it
     *     has grown since, the log has too
     */
    public void logEndsAt(long endOffset, long untilBefore) {
        if (untilBefore >= endOffset) {
            untilOffset.compareAndSet(untilBefore, endOffset - 1);
        }
    }

    void forget() {
        untilOffset.set(NO_OFFSET);
    }
}
