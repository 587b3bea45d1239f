package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalReader;
import dev.farshore.capture.publish.EventSource;
import dev.farshore.capture.read.Overlay;
import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/**
 * A journal as the publisher reads it, up to the newest event that the overlay has. An event is in
 * the journal a moment before it is in the overlay; published by then, it could be applied and
 * released while a reader's plan knows nothing of it.
 *
 * <p>Threading: the publisher's thread.
 */
final class JournalSource implements EventSource {
    private final JournalReader position;
    private final Overlay overlay;

    JournalSource(Journal journal, Overlay overlay) {
        this.position = journal.reader();
        this.overlay = overlay;
    }

    @Override
    public long lastSeq() {
        return overlay.lastPut();
    }

    @Override
    public EventHeader header(long seq) {
        position.moveTo(seq);
        return position.header();
    }

    @Override
    public ByteBuffer payload(long seq) {
        position.moveTo(seq);
        return position.payload();
    }
}
