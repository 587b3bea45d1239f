package dev.farshore.capture.journal.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The checksum of an entry but for its payload: see {@link Layout} for what it covers.
 *
 * <p>Threading: not safe; each user has its own.
 */
public final class EntryChecksum {
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer fixed;

    public EntryChecksum(long identity) {
        // The identity follows the fixed part: it is summed, but not stored.
        fixed =
                ByteBuffer.allocate(Layout.ENTRY_PAYLOAD + Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(Layout.ENTRY_PAYLOAD, identity);
    }

    /** The fixed part of an entry, to be filled before {@link #of}. */
    public ByteBuffer fixed() {
        return fixed;
    }

    public int of(byte[] note) {
        crc.reset();
        crc.update(fixed.array(), Layout.ENTRY_CRC_FROM, fixed.capacity() - Layout.ENTRY_CRC_FROM);
        crc.update(note, 0, note.length);
        return (int) crc.getValue();
    }
}
