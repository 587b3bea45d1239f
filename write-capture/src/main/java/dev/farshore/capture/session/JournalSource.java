package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalReader;
import dev.farshore.capture.publish.EventSource;
import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/** A journal as the publisher reads it. Threading: the publisher's thread. */
final class JournalSource implements EventSource {
    private final Journal journal;
    private final JournalReader position;

    JournalSource(Journal journal) {
        this.journal = journal;
        this.position = journal.reader();
    }

    @Override
    public long lastSeq() {
        return journal.lastSeq();
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
