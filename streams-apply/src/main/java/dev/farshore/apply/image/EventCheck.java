package dev.farshore.apply.image;

import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Checks an event completely before any of it is applied.
 *
 * <p>Threading: one thread.
 */
final class EventCheck {
    private final CRC32C crc = new CRC32C();

    /**
     * The payload is all there and as it was captured; its position stays.
     *
     * @throws ImageCorruptException if not
     */
    void requirePayload(EventHeader header, ByteBuffer payload) throws ImageCorruptException {
        if (payload.remaining() != header.length()) {
            throw new ImageCorruptException(
                    "event %d should have %d bytes of payload, not %d"
                            .formatted(header.seq(), header.length(), payload.remaining()));
        }
        crc.reset();
        crc.update(payload.duplicate());
        if ((int) crc.getValue() != header.crc32c()) {
            throw new ImageCorruptException(
                    "payload of event %d has CRC-32C %08x instead of %08x"
                            .formatted(header.seq(), (int) crc.getValue(), header.crc32c()));
        }
    }

    /**
     * The event's range lies in the volume.
     *
     * @throws ImageCorruptException if not
     */
    void requireInside(EventHeader header, long sizeBytes) throws ImageCorruptException {
        if (header.offset() < 0
                || header.length() < 0
                || header.offset() > sizeBytes - header.length()) {
            throw new ImageCorruptException(
                    "event %d: %s of %d bytes at %d is outside the volume of %d bytes"
                            .formatted(
                                    header.seq(),
                                    header.kind(),
                                    header.length(),
                                    header.offset(),
                                    sizeBytes));
        }
    }

    /**
     * The size in bytes that an event gives the volume.
     *
     * @throws ImageCorruptException if that is none
     */
    static long requireSize(EventHeader header) throws ImageCorruptException {
        if (header.length() < 0) {
            throw new ImageCorruptException(
                    "event %d: a volume of %d bytes".formatted(header.seq(), header.length()));
        }
        return header.length();
    }
}
