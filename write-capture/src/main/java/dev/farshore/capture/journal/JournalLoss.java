package dev.farshore.capture.journal;

/**
 * Acknowledged events that a journal may have lost, or has.
 *
 * <p>A journal with a loss takes no more changes of its epoch: an event of the lost ones may still
 * be on its way to the log, or in somebody's image, and its seq must not name another one. It takes
 * a seal, or the opening of a later epoch, and is whole again once the log shows that the new epoch
 * counts ({@link Journal#settleLoss}).
 *
 * @param afterSeq newest event that is certainly not lost; 0 where nothing is
 * @param hasRemoteClients whether a client on another host, which may have survived, may rely on
 *     what is lost
 * @param reason what was found, for people; empty where nothing is lost
 */
public record JournalLoss(Kind kind, long afterSeq, boolean hasRemoteClients, String reason) {
    /** Everything that was acknowledged is there. */
    public static final JournalLoss NONE = new JournalLoss(Kind.NONE, 0, false, "");

    /** How grave it is; the graver comes later. */
    public enum Kind {
        NONE,
        /** What was acknowledged and not made stable may be missing, after a crash of the host. */
        UNFLUSHED,
        /** What was made stable, or can't have been lost with the host, is missing. */
        FLUSHED
    }

    public boolean isLoss() {
        return kind != Kind.NONE;
    }

    /** Both: this one, and one found at an earlier opening and not settled since. */
    JournalLoss and(JournalLoss earlier) {
        if (!earlier.isLoss()) {
            return this;
        }
        if (!isLoss()) {
            return earlier;
        }
        return new JournalLoss(
                kind.compareTo(earlier.kind) >= 0 ? kind : earlier.kind,
                Math.min(afterSeq, earlier.afterSeq),
                hasRemoteClients || earlier.hasRemoteClients,
                reason);
    }
}
