package dev.farshore.capture.journal;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

/**
 * Where a volume's log stands after an event.
 *
 * @param epoch of the event
 * @param seq of the event; 0 before the first
 * @param vmSeq of the event
 * @param totalBytes payload bytes of the volume up to and including the event
 */
public record JournalPosition(int epoch, long seq, long vmSeq, long totalBytes) {

    /** Before the first event of a volume. */
    public static final JournalPosition START = new JournalPosition(0, 0, 0, 0);

    public JournalPosition {
        if (seq < 0) {
            throw new IllegalArgumentException("seq must not be negative, but is " + seq);
        }
    }

    public static JournalPosition of(EventHeader event) {
        return new JournalPosition(event.epoch(), event.seq(), event.vmSeq(), event.totalBytes());
    }

    public static JournalPosition of(LogCursor cursor) {
        return new JournalPosition(
                cursor.epoch(), cursor.seq(), cursor.vmSeq(), cursor.totalBytes());
    }
}
