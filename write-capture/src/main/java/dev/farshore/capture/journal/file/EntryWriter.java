package dev.farshore.capture.journal.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;

/**
 * Encodes entries into the ring. The payload is copied once, from the caller's buffer to the map;
 * nothing is allocated but for the rare event with a note.
 *
 * <p>Threading: not safe; it belongs to the appender.
 */
public final class EntryWriter {
    private static final byte[] NO_NOTE = {};

    private final Ring ring;
    private final EntryChecksum checksum;

    public EntryWriter(Ring ring, long identity) {
        this.ring = ring;
        this.checksum = new EntryChecksum(identity);
    }

    public static byte[] noteBytes(EventHeader header) {
        if (header.note().isEmpty()) {
            return NO_NOTE;
        }
        byte[] note = header.note().getBytes(UTF_8);
        if (note.length > Layout.NOTE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "note of event %d is longer than %d bytes"
                            .formatted(header.seq(), Layout.NOTE_BYTES_MAX));
        }
        return note;
    }

    public void write(
            long position, EventHeader header, ByteBuffer payload, byte[] note, int incarnation) {
        int payloadBytes = payload.remaining();
        int entryBytes = (int) Layout.entryBytes(payloadBytes, note.length);
        ByteBuffer fixed = checksum.fixed();
        fixed.putInt(Layout.ENTRY_BYTES, entryBytes)
                .putLong(Layout.ENTRY_SEQ, header.seq())
                .putLong(Layout.ENTRY_POSITION, position)
                .putLong(Layout.ENTRY_VM_SEQ, header.vmSeq())
                .putLong(Layout.ENTRY_OFFSET, header.offset())
                .putLong(Layout.ENTRY_LENGTH, header.length())
                .putLong(Layout.ENTRY_TOTAL_BYTES, header.totalBytes())
                .putLong(Layout.ENTRY_CAPTURE_MICROS, header.captureMicros())
                .putInt(Layout.ENTRY_EPOCH, header.epoch())
                .putInt(Layout.ENTRY_INCARNATION, incarnation)
                .putInt(Layout.ENTRY_PAYLOAD_CRC, header.crc32c())
                .putInt(Layout.ENTRY_PAYLOAD_BYTES, payloadBytes)
                .putShort(Layout.ENTRY_KIND, KindCode.of(header.kind()))
                .putShort(Layout.ENTRY_NOTE_BYTES, (short) note.length);
        fixed.putInt(Layout.ENTRY_CRC, checksum.of(note));

        ByteBuffer window = ring.window(position);
        int index = ring.index(position);
        window.put(index, fixed, 0, Layout.ENTRY_PAYLOAD);
        window.put(index + Layout.ENTRY_PAYLOAD, payload, payload.position(), payloadBytes);
        if (note.length > 0) {
            window.put(index + (int) Layout.noteOffset(payloadBytes), note);
        }
    }
}
