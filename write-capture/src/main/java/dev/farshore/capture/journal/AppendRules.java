package dev.farshore.capture.journal;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Which event may be appended to a journal next. Threading: any thread. */
record AppendRules(Path path, String vvol) {

    /**
     * @param loss of the journal, not settled
     * @throws IllegalArgumentException if it is not the next event, or not in itself right
     * @throws IllegalStateException if the journal takes none of its kind before its loss is
     *     settled
     */
    void check(EventHeader header, ByteBuffer payload, long lastSeq, JournalLoss loss) {
        if (header.seq() != lastSeq + 1 || !header.vvol().equals(vvol)) {
            throw new IllegalArgumentException(
                    "event %s/%d does not follow %s/%d in journal %s"
                            .formatted(header.vvol(), header.seq(), vvol, lastSeq, path));
        }
        if (payload.remaining() != header.payloadBytes()) {
            throw new IllegalArgumentException(
                    "event %d has a payload of %d bytes, not of %d"
                            .formatted(header.seq(), payload.remaining(), header.payloadBytes()));
        }
        if (loss.isLoss()
                && header.kind() != EventKind.EPOCH_SEALED
                && header.kind() != EventKind.EPOCH_OPENED) {
            throw new IllegalStateException(
                    "journal %s takes no changes of an epoch of which it lost events: %s"
                            .formatted(path, loss.reason()));
        }
        assert isChecksumRight(header, payload) : "CRC-32C of event " + header.seq();
    }

    private static boolean isChecksumRight(EventHeader header, ByteBuffer payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload.duplicate());
        return (int) crc.getValue() == header.crc32c();
    }
}
