package dev.farshore.apply;

import dev.farshore.schemas.codec.PayloadChecksum;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.SeedNote;

import java.nio.ByteBuffer;

/** Writes one volume's events as its owner does: seqs without gaps, totals, checksums. */
public final class LogWriter {
    private final String vvol;
    private int epoch;
    private long seq;
    private long totalBytes;
    private long captureMicros = 1_000_000;

    public LogWriter(String vvol) {
        this.vvol = vvol;
    }

    /** An owner that goes on from here without knowing of the other. */
    public LogWriter copy() {
        LogWriter copy = new LogWriter(vvol);
        copy.epoch = epoch;
        copy.seq = seq;
        copy.totalBytes = totalBytes;
        copy.captureMicros = captureMicros;
        return copy;
    }

    /** As another time, so that its events can be told from those of a copy. */
    public void passSeconds(int seconds) {
        captureMicros += seconds * 1_000_000L;
    }

    public LogEvent open(long sizeBytes) {
        epoch++;
        return event(
                EventKind.EPOCH_OPENED, 0, sizeBytes, new EpochOwner("a", "n" + epoch).toString());
    }

    public LogEvent seal() {
        return event(EventKind.EPOCH_SEALED, 0, 0, "a");
    }

    public LogEvent flush() {
        return event(EventKind.FLUSH, 0, 0, "");
    }

    public LogEvent resize(long sizeBytes) {
        return event(EventKind.RESIZE, 0, sizeBytes, "");
    }

    public LogEvent seedStarted(long id, long sizeBytes) {
        return event(EventKind.SEED_STARTED, 0, sizeBytes, seedNote(id));
    }

    public LogEvent seedFinished(long id) {
        return event(EventKind.SEED_FINISHED, 0, 0, seedNote(id));
    }

    private String seedNote(long id) {
        return new SeedNote("a#n" + epoch, SeedNote.Purpose.RESEED, id).toString();
    }

    public LogEvent zero(long offset, long length) {
        return event(EventKind.ZERO, offset, length, "");
    }

    public LogEvent trim(long offset, long length) {
        return event(EventKind.TRIM, offset, length, "");
    }

    /** Payload that tells its volume, seq and sector. */
    public LogEvent write(long offset, int length) {
        ByteBuffer payload = ByteBuffer.allocate(length);
        for (int at = 0; at < length; at += 8) {
            payload.putLong((seq + 1) << 32 ^ (offset + at) ^ (long) vvol.hashCode() << 48);
        }
        return write(offset, payload.flip());
    }

    public LogEvent write(long offset, ByteBuffer payload) {
        totalBytes += payload.remaining();
        EventHeader header = header(EventKind.WRITE, offset, payload.remaining(), "");
        return new LogEvent(
                new EventHeader(
                        vvol,
                        header.epoch(),
                        header.seq(),
                        header.vmSeq(),
                        header.kind(),
                        offset,
                        payload.remaining(),
                        header.totalBytes(),
                        header.captureMicros(),
                        PayloadChecksum.of(payload),
                        ""),
                payload);
    }

    private LogEvent event(EventKind kind, long offset, long length, String note) {
        return new LogEvent(header(kind, offset, length, note), ByteBuffer.allocate(0));
    }

    private EventHeader header(EventKind kind, long offset, long length, String note) {
        seq++;
        captureMicros += 1000;
        return new EventHeader(
                vvol, epoch, seq, seq, kind, offset, length, totalBytes, captureMicros, 0, note);
    }

    public long seq() {
        return seq;
    }

    public String vvol() {
        return vvol;
    }
}
