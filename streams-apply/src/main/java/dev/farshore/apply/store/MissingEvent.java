package dev.farshore.apply.store;

/**
 * The event a volume stands still for ({@code NoGap}), and what may help.
 *
 * <p>It may be in the log already, if the image is older than its partition thinks. So where a gap
 * stays, the volume reads once from its own position. Where it stays then, the event was lost, and
 * a seed is asked for.
 *
 * <p>Threading: none of its own; see {@link Standing}.
 */
final class MissingEvent {
    private static final long NONE = -1;

    /**
     * After so many retry intervals a gap that reading the log again has not filled stays: half a
     * minute by default, in which an owner whose producer failed has long begun to send again.
     */
    private static final int STAYS_AFTER_INTERVALS = 6;

    enum Remedy {
        WAIT,
        READ_AGAIN,
        SEED
    }

    private long seq = NONE;
    private boolean isNew;
    private long sinceNanos;
    private long rereadForSeq = NONE;

    boolean isKnown() {
        return seq != NONE;
    }

    /**
     * Event {@code missingSeq} is missing.
     *
     * @return whether that is news
     */
    boolean notice(long missingSeq) {
        if (seq == missingSeq) {
            return false;
        }
        seq = missingSeq;
        isNew = true;
        return true;
    }

    /** It has come, or will be looked for from the image's position. */
    void forget() {
        seq = NONE;
    }

    /** As if there never had been one. */
    void reset() {
        seq = NONE;
        rereadForSeq = NONE;
    }

    /** Whether the log has been read again in vain. */
    boolean isRereadInVain() {
        return seq != NONE && rereadForSeq == seq;
    }

    /**
     * What to do about it by now; {@code READ_AGAIN} once only, as it is done then.
     *
     * @param nowNanos of the first call for an event counts as its beginning
     * @param retryNanos between two attempts at something that failed
     */
    Remedy remedy(long nowNanos, long retryNanos) {
        if (seq == NONE) {
            return Remedy.WAIT;
        }
        if (isNew) {
            isNew = false;
            sinceNanos = nowNanos;
            return Remedy.WAIT;
        }
        long missingNanos = nowNanos - sinceNanos;
        if (isRereadInVain()) {
            return missingNanos < STAYS_AFTER_INTERVALS * retryNanos ? Remedy.WAIT : Remedy.SEED;
        }
        if (missingNanos < retryNanos) {
            return Remedy.WAIT;
        }
        rereadForSeq = seq;
        return Remedy.READ_AGAIN;
    }
}
