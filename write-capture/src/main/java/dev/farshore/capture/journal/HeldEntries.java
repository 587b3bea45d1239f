package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.EntryReader;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.Ring;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The entries that a journal holds, for readers.
 *
 * <p><b>How readers are kept from being overwritten</b>, with no reference count and nothing
 * written by a reader: the publisher needs nothing, because what is not published is not released,
 * so {@link #read} and {@link JournalReader} give views into the ring. A reader of arbitrary
 * entries copies first and looks then whether the entry was still held ({@link #copyRange}). That
 * is sound: the appender stores to an entry's bytes, or to its slot in the index, only after it has
 * seen the release of that entry, with a fence between; so a reader that has seen one stored byte
 * sees, after its own fence, the release, and throws its copy away. Where the entry was released,
 * the image has it.
 *
 * <p>Threading: one appender calls {@link #appended}; any thread reads, at any time.
 */
final class HeldEntries {
    private final Path path;
    private final Ring ring;
    private final SeqIndex index;
    private final EntryReader entries;
    private final Tail tail;
    private final RecentHeaders recentHeaders = new RecentHeaders();

    /** Written by the appender; its last step makes the entry visible. */
    private volatile long lastSeq;

    private volatile @Nullable EventHeader newest;

    /**
     * @param lastSeq the newest entry that was found
     */
    HeldEntries(
            Path path, Ring ring, SeqIndex index, EntryReader entries, Tail tail, long lastSeq) {
        this.path = path;
        this.ring = ring;
        this.index = index;
        this.entries = entries;
        this.tail = tail;
        this.lastSeq = lastSeq;
        this.newest = tail.firstSeq() > lastSeq ? null : entries.header(index.get(lastSeq));
    }

    /** The next entry is written at {@code position}: makes it visible. */
    void appended(long position, EventHeader header) {
        long seq = header.seq();
        index.put(tail.firstSeq(), seq, position);
        recentHeaders.add(header);
        newest = header;
        lastSeq = seq;
    }

    /** Oldest entry held; {@code lastSeq + 1} when there is none. */
    long firstSeq() {
        return tail.firstSeq();
    }

    /** Newest entry ever appended here, or where the journal was told to go on after. */
    long lastSeq() {
        return lastSeq;
    }

    /** Header of the newest entry, also when it was released; null if none was ever held. */
    @Nullable EventHeader newest() {
        return newest;
    }

    boolean endsWithSeal() {
        EventHeader header = newest;
        return header != null && header.kind() == EventKind.EPOCH_SEALED;
    }

    /** As {@link Journal#read}. */
    LogEvent read(long seq) {
        long position = positionOf(seq);
        return new LogEvent(entries.header(position), entries.payload(position));
    }

    /**
     * @throws IllegalArgumentException if it is not held
     */
    long positionOf(long seq) {
        if (seq < firstSeq() || seq > lastSeq) {
            throw new IllegalArgumentException(
                    "event %d is not in journal %s, which holds %d to %d"
                            .formatted(seq, path, firstSeq(), lastSeq));
        }
        return index.get(seq);
    }

    EventHeader header(long seq, long position) {
        EventHeader recent = recentHeaders.find(seq);
        return recent != null ? recent : entries.header(position);
    }

    /** As {@link Journal#copyRange}. */
    boolean copyRange(long seq, long volumeOffset, ByteBuffer into) {
        if (seq > lastSeq) {
            throw new IllegalArgumentException("event %d is not in %s".formatted(seq, path));
        }
        if (seq < firstSeq()) {
            return false;
        }
        long position = index.get(seq);
        long skipBytes = volumeOffset - ring.getLong(position, Layout.ENTRY_OFFSET);
        int bytes = into.remaining();
        boolean isInside = skipBytes >= 0 && skipBytes <= entries.payloadBytes(position) - bytes;
        if (isInside && Layout.ENTRY_PAYLOAD + skipBytes + bytes <= ring.bytesToEnd(position)) {
            int from = ring.index(position) + Layout.ENTRY_PAYLOAD + (int) skipBytes;
            into.put(into.position(), ring.window(position), from, bytes);
        }
        VarHandle.acquireFence();
        if (seq < firstSeq()) {
            return false;
        }
        if (!isInside) {
            throw new IllegalArgumentException(
                    "event %d has no payload for %d bytes at %d"
                            .formatted(seq, bytes, volumeOffset));
        }
        into.position(into.limit());
        return true;
    }
}
