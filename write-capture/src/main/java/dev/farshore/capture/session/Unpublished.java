package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.schemas.log.EventHeader;

/**
 * What a volume has in its journal, and so acknowledged, and not yet in {@code farshore.writes}:
 * what the loss of this host would cost.
 *
 * @param events that not all in-sync replicas have acknowledged
 * @param bytes of their payloads
 * @param ageMicros since the oldest of them was captured, by this node's clock
 */
public record Unpublished(long events, long bytes, long ageMicros) {
    /** All is in the log. */
    public static final Unpublished NONE = new Unpublished(0, 0, 0);

    /**
     * @param ackedSeq newest event in the log; nothing behind it has been released, and the journal
     *     is not closed meanwhile
     */
    static Unpublished in(Journal journal, long ackedSeq, long nowMicros) {
        long lastSeq = journal.lastSeq();
        if (lastSeq <= ackedSeq) {
            return NONE;
        }
        EventHeader oldest = journal.read(ackedSeq + 1).header();
        EventHeader newest = journal.read(lastSeq).header();
        return new Unpublished(
                lastSeq - ackedSeq,
                newest.totalBytes() - oldest.totalBytes() + oldest.payloadBytes(),
                Math.max(0, nowMicros - oldest.captureMicros()));
    }
}
