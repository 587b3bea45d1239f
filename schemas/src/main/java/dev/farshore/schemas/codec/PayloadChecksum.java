package dev.farshore.schemas.codec;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC-32C (Castagnoli) of payloads, as events carry it: taken at capture, checked before use. */
public final class PayloadChecksum {
    private PayloadChecksum() {}

    /**
     * The checksum of a payload.
     *
     * @param payload from position to limit, heap or direct; neither is moved
     * @return its CRC-32C; 0 for an empty one
     */
    public static int of(ByteBuffer payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload.duplicate());
        return (int) crc.getValue();
    }

    /**
     * Checks the payload against the checksum in the header.
     *
     * @throws ChecksumMismatchException if the payload is not the one that was captured
     */
    public static void verify(LogEvent event) {
        verify(event.header(), event.payload());
    }

    /** Like {@link #verify(LogEvent)}. */
    public static void verify(EventHeader header, ByteBuffer payload) {
        int found = of(payload);
        if (found != header.crc32c()) {
            throw new ChecksumMismatchException(header, found);
        }
    }
}
