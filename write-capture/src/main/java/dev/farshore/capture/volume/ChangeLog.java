package dev.farshore.capture.volume;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalException;
import dev.farshore.capture.journal.JournalReader;
import dev.farshore.capture.pressure.FullJournal;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.publish.EventSource;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.seed.TouchedRanges;
import dev.farshore.nbd.DeviceException;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Limits;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

/**
 * Gives every change of a volume its place: seq, VM seq, an entry in the journal and one in the
 * overlay, all under one lock, so that seq order, journal order and overlay order are the same.
 *
 * <p>A change is acknowledged when it is in the journal, in full. When the journal is full, or the
 * gate held, changes wait in the order they came; none overtakes one that waits. The reply to a
 * write may be held back longer, by a limit of its VM's.
 *
 * <p>Threading: any thread; completions are told outside the lock.
 */
final class ChangeLog implements EventSource {
    /** What an entry takes besides its payload, about. */
    private static final int ENTRY_BYTES = 128;

    private static final int SECTOR_BYTES = 512;
    private static final int BLOCK_BYTES = 4096;
    private static final Logger logger = LoggerFactory.getLogger(ChangeLog.class);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String vvol;
    private final Journal journal;
    private final Overlay overlay;
    private final Clock clock;
    private final FullJournal fullJournal = new FullJournal();
    private final Answers answers;
    private final int maxPieceBytes;

    /** The publisher's place in the journal. */
    private final JournalReader position;

    /** Guards the fields below, appends to the journal and puts to the overlay. */
    private final ReentrantLock lock = new ReentrantLock();

    private final RoomRation ration;
    private final ArrayDeque<Change> waiting = new ArrayDeque<>();
    private final CRC32C crc = new CRC32C();
    private VmClock vmClock;
    private Gate gate = Gate.HELD;

    /** Why the journal takes nothing more; null while it does. */
    private @Nullable IOException failure;

    private int epoch;
    private long totalBytes;

    /** What a seed under way has to leave alone; null while there is none. */
    private @Nullable TouchedRanges touched;

    /** As the newest event that says so; -1 while that is in the image only. */
    private long sizeBytes;

    /**
     * @param journal whose newest entry, if any, is the newest of the volume
     * @param sizeBytes of the volume by the newest event in the journal that says so; -1 if none
     *     does, and the image knows
     * @param totalBytes of the volume before the next change
     */
    ChangeLog(
            String vvol,
            Journal journal,
            Overlay overlay,
            VmClock vmClock,
            VolumeTraffic traffic,
            int epoch,
            long sizeBytes,
            long totalBytes,
            Clock clock) {
        this.vvol = vvol;
        this.journal = journal;
        this.overlay = overlay;
        this.vmClock = vmClock;
        this.answers = new Answers(traffic);
        this.maxPieceBytes = maxPieceBytes(journal.maxPayloadBytes());
        this.epoch = epoch;
        this.sizeBytes = sizeBytes;
        this.totalBytes = totalBytes;
        this.clock = clock;
        this.position = journal.reader();
        this.ration = new RoomRation(journal.capacityBytes(), System.nanoTime());
    }

    /** To be called once, before the first change. */
    void useStability(StableFlush stableFlush) {
        answers.useStability(stableFlush);
    }

    /** Takes a change: into the journal at once when it can be, else it waits its turn. */
    void submit(Change change) {
        long seq = -1;
        IOException error = null;
        lock.lock();
        try {
            if (gate == Gate.SHUT) {
                error = notHere();
            } else if (failure != null) {
                error = failure;
            } else {
                seq =
                        gate == Gate.OPEN && waiting.isEmpty() && change.isWhole()
                                ? append(change)
                                : -1;
                if (seq < 0) {
                    waiting.add(change);
                    readRestOfFirst();
                    return;
                }
            }
        } catch (IOException e) {
            error = e;
        } catch (RuntimeException | InternalError e) {
            error = failed(change, e);
        } finally {
            lock.unlock();
        }
        answers.finish(change, seq, error);
    }

    /** Lets waiting changes in as far as there is room; to be called every few milliseconds. */
    void retryWaiting() {
        lock.lock();
        try {
            ration.refill(journal.capacityBytes() - journal.usedBytes(), System.nanoTime());
        } finally {
            lock.unlock();
        }
        while (retryOne()) {
            // One at a time: a completion is told outside the lock, before the next is admitted.
        }
    }

    private boolean retryOne() {
        Change change;
        long seq = -1;
        IOException error = null;
        lock.lock();
        try {
            Change first = gate == Gate.OPEN ? waiting.peek() : null;
            if (first == null) {
                return false;
            }
            change = first;
            seq = first.isWhole() ? append(change) : -1;
            if (seq < 0) {
                readRestOfFirst();
                return false;
            }
            waiting.remove();
            fullJournal.room(System.nanoTime());
        } catch (IOException e) {
            change = waiting.remove();
            error = e;
        } catch (RuntimeException | InternalError e) {
            // It would fail again, and all that wait behind it would wait for ever.
            change = waiting.remove();
            error = failed(change, e);
        } finally {
            lock.unlock();
        }
        answers.finish(change, seq, error);
        return true;
    }

    /** Has what the first that waits lacks read, if it lacks something; {@link #lock} is held. */
    private void readRestOfFirst() {
        Change first = gate == Gate.OPEN ? waiting.peek() : null;
        if (first == null) {
            return;
        }
        SectorRest rest = first.rest();
        if (rest != null && rest.startReading()) {
            Thread.ofVirtual().name("rest-of-sector").start(() -> readRest(first, rest));
        }
    }

    private void readRest(Change change, SectorRest rest) {
        IOException error = null;
        try {
            rest.read();
        } catch (IOException e) {
            error = e;
        } catch (RuntimeException e) {
            error = new IOException("the rest of a sector can't be read: " + e, e);
        }
        lock.lock();
        try {
            if (waiting.peek() != change) {
                return; // it has failed with all others
            }
            if (error == null) {
                rest.wasRead();
            } else {
                waiting.remove();
            }
        } finally {
            lock.unlock();
        }
        if (error != null) {
            answers.finish(change, -1, error);
        }
        while (retryOne()) {
            // As above.
        }
    }

    /** Fails everything that waits and all that comes: the journal takes nothing more. */
    void fail(IOException reason) {
        List<Change> failed;
        lock.lock();
        try {
            failure = reason;
            failed = new ArrayList<>(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        failed.forEach(change -> answers.finish(change, -1, reason));
    }

    /**
     * Changes the volume's size as the next event: what is cut off is gone, what is added reads as
     * zeroes. Changes that came before and reach beyond the end fail. False when full.
     */
    boolean appendResize(long newSizeBytes) throws JournalException {
        lock.lock();
        try {
            return appendEvent(EventKind.RESIZE, 0, newSizeBytes, NOTHING, "") >= 0;
        } finally {
            lock.unlock();
        }
    }

    /** The volume's size, as the newest event has it; -1 before {@link #useImageSize}. */
    long sizeBytes() {
        lock.lock();
        try {
            return sizeBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Opens {@code newEpoch} as the next event; the gate stays as it is. False when full. */
    boolean appendOpening(int newEpoch, String note, long sizeBytes) throws JournalException {
        lock.lock();
        try {
            int before = epoch;
            epoch = newEpoch;
            boolean appended =
                    appendEvent(EventKind.EPOCH_OPENED, 0, sizeBytes, NOTHING, note) >= 0;
            if (!appended) {
                epoch = before;
            }
            return appended;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the epoch: the gate is held, and the seal is the newest event. -1 when full. */
    long appendSeal(String note) throws JournalException {
        lock.lock();
        try {
            gate = Gate.HELD;
            return appendEvent(EventKind.EPOCH_SEALED, 0, 0, NOTHING, note);
        } finally {
            lock.unlock();
        }
    }

    void hold() {
        lock.lock();
        try {
            gate = Gate.HELD;
        } finally {
            lock.unlock();
        }
    }

    /** Size of the image, which has all events before the journal's: it counts if none of those. */
    void useImageSize(long imageBytes) {
        lock.lock();
        try {
            if (sizeBytes < 0) {
                sizeBytes = imageBytes;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets changes in. */
    void open() {
        lock.lock();
        try {
            gate = Gate.OPEN;
        } finally {
            lock.unlock();
        }
        retryWaiting();
    }

    /** Fails everything that waits and all that comes. */
    void shut() {
        List<Change> failed;
        lock.lock();
        try {
            gate = Gate.SHUT;
            failed = new ArrayList<>(waiting);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        failed.forEach(change -> answers.finish(change, -1, notHere()));
    }

    /** Whether a client's change waits for its place. */
    boolean hasWaiting() {
        lock.lock();
        try {
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** When changes wait because the journal is full. */
    FullJournal fullJournal() {
        return fullJournal;
    }

    /** Of the newest event, or the last one before it. */
    int epoch() {
        lock.lock();
        try {
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    void useClock(VmClock clockOfVm) {
        lock.lock();
        try {
            vmClock = clockOfVm;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long lastSeq() {
        return journal.lastSeq();
    }

    @Override
    public EventHeader header(long seq) {
        position.moveTo(seq);
        return position.header();
    }

    @Override
    public ByteBuffer payload(long seq) {
        position.moveTo(seq);
        return position.payload();
    }

    private IOException notHere() {
        return new DeviceException(
                DeviceException.Kind.SHUTTING_DOWN, vvol + " is no longer written here");
    }

    /** An error of ours, so that the client is told of its change as of any other that fails. */
    private IOException failed(Change change, Throwable cause) {
        logger.atError()
                .addKeyValue("vvol", vvol)
                .addKeyValue("kind", change.kind())
                .addKeyValue("offset", change.offset())
                .setCause(cause)
                .log("change failed");
        return new IOException("change of %s failed: %s".formatted(vvol, cause), cause);
    }

    /** The seq of the change's last event; -1 when the journal has no room for all of it yet. */
    private long append(Change change) throws IOException {
        if (change.end() > sizeBytes) {
            // It came over a connection that was opened before the volume was made smaller.
            throw new DeviceException(
                    DeviceException.Kind.NO_SPACE,
                    "%s has been made smaller: %d bytes".formatted(vvol, sizeBytes));
        }
        if (!ration.isOpen()) {
            return -1;
        }
        long seq;
        if (change.kind() != EventKind.WRITE) {
            seq = appendEvent(change.kind(), change.offset(), change.length(), NOTHING, "");
        } else {
            seq = appendPieces(change);
        }
        if (seq < 0) {
            fullJournal.noRoom(System.nanoTime());
        } else {
            ration.taken(change.writtenBytes() + ENTRY_BYTES);
        }
        return seq;
    }

    /** What the topics and the journal take as one event, in whole blocks if it has any. */
    private static int maxPieceBytes(long journalBytes) {
        long bytes = Math.min(Limits.MAX_EVENT_PAYLOAD_BYTES, journalBytes);
        return (int) (bytes - bytes % (bytes < BLOCK_BYTES ? SECTOR_BYTES : BLOCK_BYTES));
    }

    private long appendPieces(Change change) throws JournalException {
        long seq;
        do {
            ByteBuffer rest = change.payload();
            int bytes = Math.min(rest.remaining(), maxPieceBytes);
            ByteBuffer piece =
                    bytes == rest.remaining() ? rest : rest.slice(rest.position(), bytes);
            seq = appendEvent(EventKind.WRITE, change.offset(), bytes, piece, "");
            if (seq < 0) {
                return -1;
            }
            change.advance(bytes);
        } while (change.payload().hasRemaining());
        return seq;
    }

    /** For who appends events that no client asked for; guards all of this. */
    ReentrantLock lock() {
        return lock;
    }

    /** Whether a client's change would get its place at once; {@link #lock} is held. */
    boolean isTaking() {
        return gate == Gate.OPEN && waiting.isEmpty();
    }

    /** From now on every event is put into {@code ranges}; {@link #lock} is held. */
    void touch(@Nullable TouchedRanges ranges) {
        touched = ranges;
    }

    /** Payload bytes of all events up to the newest; {@link #lock} is held. */
    long totalBytes() {
        return totalBytes;
    }

    /** Gives an event its place, or returns -1 when the journal is full; {@link #lock} is held. */
    long appendEvent(EventKind kind, long offset, long length, ByteBuffer payload, String note)
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
        if (kind == EventKind.EPOCH_OPENED || kind == EventKind.RESIZE) {
            sizeBytes = length;
            Change first = waiting.peek();
            if (first != null && first.rest() instanceof SectorRest rest) {
                rest.forget();
            }
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
}
