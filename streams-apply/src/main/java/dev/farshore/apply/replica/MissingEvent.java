package dev.farshore.apply.replica;

/**
 * The event a volume stands still for ({@code NoGap}), and what may help.
 *
 * <p>It may be in the log already, if the image is older than its partition assumes. So when a gap
 * stays, the volume reads the log once more from its own position. If the gap is still there, the
 * event was lost, and the volume begins anew with the next seed, unless the event comes after all.
 *
 * <p>Threading: none of its own; see {@link CurrentReplicaState}.
 */
final class MissingEvent {
    private static final long NONE = -1;

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

    /** It has come, or the log is read again from the image's position. */
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
     * Whether to read the log again for it by now; true once only, as it is done then.
     *
     * @param nowNanos of the first call for an event counts as its beginning
     * @param retryNanos how long to wait for it first
     */
    boolean isToBeReread(long nowNanos, long retryNanos) {
        if (seq == NONE || rereadForSeq == seq) {
            return false;
        }
        if (isNew) {
            isNew = false;
            sinceNanos = nowNanos;
            return false;
        }
        if (nowNanos - sinceNanos < retryNanos) {
            return false;
        }
        rereadForSeq = seq;
        return true;
    }
}
