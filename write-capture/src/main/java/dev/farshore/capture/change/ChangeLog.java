package dev.farshore.capture.change;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.seed.TouchedRanges;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.nbd.DeviceException;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Limits;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * Gives every event of a volume its place: seq, VM seq, an entry in the journal and one in the
 * overlay, so that seq order, journal order and overlay order are the same.
 *
 * <p>Threading: the lock of the volume's {@link ChangeQueue}, which is why it is used through
 * {@link ChangeQueue#exclusively} only.
 */
public final class ChangeLog {
    private static final int SECTOR_BYTES = 512;
    private static final int BLOCK_BYTES = 4096;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String vvol;
    private final Journal journal;
    private final Overlay overlay;
    private final Clock clock;
    private final int maxPieceBytes;
    private final CRC32C crc = new CRC32C();
    private VmClock vmClock;
    private int epoch;
    private long totalBytes;

    /** By the newest event that says so; -1 while no event in the journal does. */
    private long sizeBytes = -1;

    /** What a seed under way has to leave alone; null while there is none. */
    private @Nullable TouchedRanges touched;

    /**
     * Goes on behind what the journal holds, all of which is put into the overlay first.
     *
     * @param overlay an empty one
     */
    public ChangeLog(Journal journal, Overlay overlay, VmClock vmClock, Clock clock) {
        this.vvol = journal.vvol();
        this.journal = journal;
        this.overlay = overlay;
        this.vmClock = vmClock;
        this.clock = clock;
        this.maxPieceBytes = maxPieceBytes(journal.maxPayloadBytes());
        this.epoch = journal.last().epoch();
        this.totalBytes = journal.last().totalBytes();
        for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
            EventHeader event = journal.read(seq).header();
            overlay.put(event);
            if (hasSize(event.kind())) {
                sizeBytes = event.length();
            }
        }
    }

    /** What the topics and the journal take as one event, in whole blocks if it has any. */
    private static int maxPieceBytes(long journalBytes) {
        long bytes = Math.min(Limits.MAX_EVENT_PAYLOAD_BYTES, journalBytes);
        return (int) (bytes - bytes % (bytes < BLOCK_BYTES ? SECTOR_BYTES : BLOCK_BYTES));
    }

    private static boolean hasSize(EventKind kind) {
        return kind == EventKind.EPOCH_OPENED || kind == EventKind.RESIZE;
    }

    /**
     * Appends as much of a change as there is room for.
     *
     * @return the seq of its last event; -1 if the journal has no room for all of it yet
     */
    long append(Change change) throws JournalException {
        return change.kind() == EventKind.WRITE
                ? appendPieces(change)
                : append(change.kind(), change.offset(), change.length(), NOTHING, "");
    }

    void requireInside(Change change) throws DeviceException {
        if (change.end() > sizeBytes) {
            // It came over a connection that was opened before the volume was made smaller.
            throw new DeviceException(
                    DeviceException.Kind.NO_SPACE,
                    "%s has been made smaller: %d bytes".formatted(vvol, sizeBytes));
        }
    }

    private long appendPieces(Change change) throws JournalException {
        long seq;
        do {
            ByteBuffer rest = change.payload();
            int bytes = Math.min(rest.remaining(), maxPieceBytes);
            ByteBuffer piece =
                    bytes == rest.remaining() ? rest : rest.slice(rest.position(), bytes);
            seq = append(EventKind.WRITE, change.offset(), bytes, piece, "");
            if (seq < 0) {
                return -1;
            }
            change.advance(bytes);
        } while (change.payload().hasRemaining());
        return seq;
    }

    /** Appends an event without payload. */
    public long append(EventKind kind, long offset, long length, String note)
            throws JournalException {
        return append(kind, offset, length, NOTHING, note);
    }

    /** Appends an event, and returns its seq; -1 if the journal is full. */
    public long append(EventKind kind, long offset, long length, ByteBuffer payload, String note)
            throws JournalException {
        long seq = journal.lastSeq() + 1;
        int bytes = payload.remaining();
        Instant now = clock.instant();
        EventHeader header =
                new EventHeader(
                        vvol,
                        epoch,
                        seq,
                        vmClock.next(),
                        kind,
                        offset,
                        length,
                        totalBytes + bytes,
                        now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000,
                        bytes == 0 ? 0 : checksum(payload),
                        note);
        if (!journal.tryAppend(header, payload)) {
            return -1;
        }
        totalBytes += bytes;
        if (hasSize(kind)) {
            sizeBytes = length;
        }
        if (touched != null) {
            // Before a reader can find the event.
            touched.onEvent(header);
        }
        overlay.put(header);
        return seq;
    }

    private int checksum(ByteBuffer payload) {
        int start = payload.position();
        crc.reset();
        crc.update(payload);
        payload.position(start);
        return (int) crc.getValue();
    }

    /** Opens {@code newEpoch} as the next event, and returns its seq; -1 if the journal is full. */
    public long appendOpening(int newEpoch, String note, long newSizeBytes)
            throws JournalException {
        int before = epoch;
        epoch = newEpoch;
        long seq = append(EventKind.EPOCH_OPENED, 0, newSizeBytes, NOTHING, note);
        if (seq < 0) {
            epoch = before;
        }
        return seq;
    }

    /** Every event from now on is put into {@code ranges}; null for none. */
    public void touch(@Nullable TouchedRanges ranges) {
        touched = ranges;
    }

    /** Payload bytes of all events up to the newest. */
    public long totalBytes() {
        return totalBytes;
    }

    /** The volume's size by the newest event; -1 before {@link #useImageSize}. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** The image has all events before the journal's: its size counts if none of those has one. */
    void useImageSize(long imageBytes) {
        if (sizeBytes < 0) {
            sizeBytes = imageBytes;
        }
    }

    /** Epoch of the newest event. */
    int epoch() {
        return epoch;
    }

    void useClock(VmClock clockOfVm) {
        vmClock = clockOfVm;
    }
}
