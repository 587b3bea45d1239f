package dev.farshore.apply.store;

/**
 * How far a partition of the write log was read, and what is known of the log's ends.
 *
 * <p>Threading: one thread reads records and calls what has no other note; any thread asks.
 */
final class PartitionProgress {
    static final long NO_OFFSET = -1;

    private static final long UNKNOWN_LOG_END = Long.MAX_VALUE;

    private volatile long seenOffset = NO_OFFSET;
    private volatile LostTail lostTail = LostTail.NONE;
    private volatile long logBegin;
    private volatile long logEndAtOpening = UNKNOWN_LOG_END;

    /** Records from {@code endOffset} on that were seen and that the log does not have. */
    private record LostTail(long endOffset, long seenOffset) {
        static final LostTail NONE = new LostTail(0, NO_OFFSET);
    }

    /** The images are opened anew. */
    void reset() {
        seenOffset = NO_OFFSET;
        logEndAtOpening = UNKNOWN_LOG_END;
    }

    /** Offset of the newest record seen; -1 before the first. Any thread. */
    long seenOffset() {
        return seenOffset;
    }

    /** Everything up to {@code offset} was seen. */
    void seen(long offset) {
        seenOffset = offset;
    }

    /**
     * The log ended before {@code endOffset}, and more of it had been seen: what comes now at those
     * offsets was not. Counts from the next {@link #forgetLostTail} on. Any thread.
     *
     * @param seenBefore the offset seen before the log was asked
     */
    void logEndedAt(long endOffset, long seenBefore) {
        if (seenBefore >= endOffset) {
            lostTail = new LostTail(endOffset, seenBefore);
        }
    }

    void forgetLostTail() {
        LostTail lost = lostTail;
        if (lost != LostTail.NONE) {
            lostTail = LostTail.NONE;
            if (seenOffset == lost.seenOffset()) {
                seenOffset = lost.endOffset() - 1;
            }
        }
    }

    /** Where the log begins; the records before can't be seen. Any thread. */
    void logBeginsAt(long offset) {
        logBegin = offset;
    }

    /** What there was to be seen has been, up to this offset; -1 for nothing. */
    long passedOffset() {
        return Math.max(seenOffset, logBegin - 1);
    }

    /** The log ends before {@code offset}, or did since the images were opened. Any thread. */
    void logEndsAt(long offset) {
        logEndAtOpening = offset;
    }

    boolean isLogEndKnown() {
        return logEndAtOpening != UNKNOWN_LOG_END;
    }

    /** Whether all of the log that existed when the images were opened was seen. */
    boolean hasSeenLogOfOpening() {
        return seenOffset + 1 >= logEndAtOpening;
    }
}
