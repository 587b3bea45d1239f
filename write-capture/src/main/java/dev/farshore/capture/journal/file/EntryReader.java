package dev.farshore.capture.journal.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/**
 * Decodes entries of the ring, which must be whole and stay so meanwhile.
 *
 * <p>Threading: any thread.
 */
public final class EntryReader {
    private final Ring ring;
    private final String vvol;

    public EntryReader(Ring ring, String vvol) {
        this.ring = ring;
        this.vvol = vvol;
    }

    public EventHeader header(long position) {
        ByteBuffer window = ring.window(position);
        int at = ring.index(position);
        return new EventHeader(
                vvol,
                window.getInt(at + Layout.ENTRY_EPOCH),
                window.getLong(at + Layout.ENTRY_SEQ),
                window.getLong(at + Layout.ENTRY_VM_SEQ),
                KindCode.kind(window.getShort(at + Layout.ENTRY_KIND)),
                window.getLong(at + Layout.ENTRY_OFFSET),
                window.getLong(at + Layout.ENTRY_LENGTH),
                window.getLong(at + Layout.ENTRY_TOTAL_BYTES),
                window.getLong(at + Layout.ENTRY_CAPTURE_MICROS),
                window.getInt(at + Layout.ENTRY_PAYLOAD_CRC),
                note(window, at));
    }

    private static String note(ByteBuffer window, int at) {
        int noteBytes = window.getShort(at + Layout.ENTRY_NOTE_BYTES);
        if (noteBytes == 0) {
            return "";
        }
        int payloadBytes = window.getInt(at + Layout.ENTRY_PAYLOAD_BYTES);
        byte[] note = new byte[noteBytes];
        window.get(at + (int) Layout.noteOffset(payloadBytes), note);
        return new String(note, UTF_8);
    }

    public int epoch(long position) {
        return ring.getInt(position, Layout.ENTRY_EPOCH);
    }

    public long seq(long position) {
        return ring.getLong(position, Layout.ENTRY_SEQ);
    }

    public long vmSeq(long position) {
        return ring.getLong(position, Layout.ENTRY_VM_SEQ);
    }

    public long totalBytes(long position) {
        return ring.getLong(position, Layout.ENTRY_TOTAL_BYTES);
    }

    public long end(long position) {
        return position + ring.getInt(position, Layout.ENTRY_BYTES);
    }

    public int payloadBytes(long position) {
        return ring.getInt(position, Layout.ENTRY_PAYLOAD_BYTES);
    }

    public ByteBuffer payload(long position) {
        return ring.window(position)
                .slice(ring.index(position) + Layout.ENTRY_PAYLOAD, payloadBytes(position))
                .asReadOnlyBuffer();
    }
}
