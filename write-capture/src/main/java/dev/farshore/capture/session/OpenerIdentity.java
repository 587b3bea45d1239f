package dev.farshore.capture.session;

import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.LogCursor;

/**
 * How a session shows in the log as the opener of an epoch, and which epochs it takes for its own.
 *
 * <p>Threading: any thread; {@link #opened} by one at a time.
 */
public final class OpenerIdentity {
    private final EpochOwner owner;
    private final String note;

    /** Note of the newest opening that is or was in the journal; empty if none was here. */
    private volatile String newestOpening;

    /**
     * @param journal its identity
     * @param newestOpening note of the newest opening in the journal; empty if there is none
     */
    OpenerIdentity(NodeIdentity node, String journal, String newestOpening) {
        this.owner = new EpochOwner(node.site(), journal, node.process(), node.node());
        this.note = owner.toString();
        this.newestOpening = newestOpening;
    }

    /** The note of its openings and seals. */
    public String note() {
        return note;
    }

    /** An opening of this session is in the journal. */
    void opened() {
        newestOpening = note;
    }

    /** Whether this journal opened the epoch, in this process. */
    public boolean isOwner(LogCursor cursor) {
        return cursor.owner().equals(note);
    }

    /**
     * Whether this journal opened the epoch, perhaps in an earlier process. If the journal has an
     * opening, it has to be that one: another process may have opened the epoch from a copy of the
     * journal. An opening that has left the journal was seen to count before.
     */
    public boolean isFromJournal(LogCursor cursor) {
        String noted = newestOpening;
        EpochOwner opener = EpochOwner.parse(cursor.owner());
        return noted.isEmpty()
                ? opener.isSameJournal(owner)
                : opener.isSameWriter(EpochOwner.parse(noted));
    }

    /**
     * Whether the newest epoch was opened from a copy of this journal.
     *
     * @param epoch the newest one opened from this journal, as far as is known here
     */
    public boolean isFromCopy(LogCursor cursor, int epoch) {
        return EpochOwner.parse(cursor.owner()).isSameJournal(owner)
                && (cursor.epoch() > epoch || (cursor.epoch() == epoch && !isFromJournal(cursor)));
    }
}
