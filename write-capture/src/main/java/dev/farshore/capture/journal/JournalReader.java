package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.EntryReader;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.Ring;
import dev.farshore.schemas.log.EventHeader;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * A cursor over the entries of a journal that are not released meanwhile.
 *
 * <p>Threading: one thread at a time.
 */
public final class JournalReader {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final HeldEntries held;
    private final Ring ring;
    private final EntryReader entries;
    private final @Nullable ByteBuffer[] views;
    private @Nullable EventHeader header;
    private ByteBuffer payload = NOTHING;

    JournalReader(HeldEntries held, Ring ring, EntryReader entries) {
        this.held = held;
        this.ring = ring;
        this.entries = entries;
        this.views = new ByteBuffer[ring.windowCount()];
    }

    /**
     * Moves to an entry.
     *
     * @throws IllegalArgumentException if it was released, or has not been appended yet: there is
     *     no answer that could be taken for the entry's
     */
    public void moveTo(long seq) {
        header = null;
        payload = NOTHING;
        long position = held.positionOf(seq);
        header = held.header(seq, position);
        int from = ring.index(position) + Layout.ENTRY_PAYLOAD;
        payload = view(position);
        payload.limit(from + entries.payloadBytes(position)).position(from);
    }

    private ByteBuffer view(long position) {
        int number = ring.windowNumber(position);
        ByteBuffer view = views[number];
        if (view == null) {
            view = ring.window(position).asReadOnlyBuffer();
            views[number] = view;
        }
        return view;
    }

    public EventHeader header() {
        EventHeader present = header;
        if (present == null) {
            throw new IllegalStateException("moved to no entry yet");
        }
        return present;
    }

    /** The payload from position to limit; the same buffer for the next entry. */
    public ByteBuffer payload() {
        return payload;
    }
}
