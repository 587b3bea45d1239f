package dev.farshore.schemas.log;

import dev.farshore.schemas.event.EventKind;

/**
 * An event of a volume's log without its payload.
 *
 * @param epoch generation of the owner that wrote it: the fencing token
 * @param seq number of the event in the volume: 1, 2, 3 …, no gaps, across epochs
 * @param vmSeq number of the event in the VM, over all its volumes
 * @param offset first byte of the range; 0 where the kind has none
 * @param length bytes of the range; for {@code EPOCH_OPENED} and {@code RESIZE} the volume's size
 * @param totalBytes payload bytes of the volume up to and including this event
 * @param captureMicros microseconds since 1970 by the owner's clock
 * @param crc32c of the payload; 0 where there is none
 * @param note bookmark's name; for {@code EPOCH_OPENED} the {@link EpochOwner}
 */
public record EventHeader(
        String vvol,
        int epoch,
        long seq,
        long vmSeq,
        EventKind kind,
        long offset,
        long length,
        long totalBytes,
        long captureMicros,
        int crc32c,
        String note) {

    /** Bytes of payload that belong to this event. */
    public int payloadBytes() {
        return kind == EventKind.WRITE ? Math.toIntExact(length) : 0;
    }
}
