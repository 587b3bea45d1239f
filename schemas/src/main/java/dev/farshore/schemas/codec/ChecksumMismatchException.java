package dev.farshore.schemas.codec;

import dev.farshore.schemas.log.EventHeader;

import org.apache.kafka.common.errors.SerializationException;

/** A payload is not the one that was captured: it must not reach an image or a guest. */
public final class ChecksumMismatchException extends SerializationException {
    private static final long serialVersionUID = 1L;

    ChecksumMismatchException(EventHeader header, int foundCrc32c) {
        super(
                "payload of vvol %s, epoch %d, seq %d (%s, offset %d, length %d) is damaged: CRC-32C %08x, captured with %08x"
                        .formatted(
                                header.vvol(),
                                header.epoch(),
                                header.seq(),
                                header.kind(),
                                header.offset(),
                                header.length(),
                                foundCrc32c,
                                header.crc32c()));
    }
}
