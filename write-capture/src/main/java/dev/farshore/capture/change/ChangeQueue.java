package dev.farshore.capture.change;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.pressure.FullJournal;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.nbd.DeviceException;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Lets a volume's changes into its {@link ChangeLog}, one at a time, under one lock.
 *
 * <p>A change is acknowledged when all of it is in the journal. When the journal is full, or the
 * gate is held, changes wait in the order they came; none overtakes one that waits. A limit of the
 * VM may hold the reply to a write back longer.
 *
 * <p>Threading: any thread; completions are called outside the lock.
 */
public final class ChangeQueue {
    /** Roughly what an entry takes besides its payload. */
    private static final int ENTRY_BYTES = 128;

    private static final Logger logger = LoggerFactory.getLogger(ChangeQueue.class);

    /** Appends events that no client asked for. */
    public interface Appends {
        /**
         * @return of the caller's choice; negative where the journal was full
         */
        long to(ChangeLog log) throws IOException;
    }

    private final String vvol;
    private final Journal journal;
    private final Completions completions;
    private final LongSupplier nanoClock;
    private final FullJournal fullJournal = new FullJournal();

    /** Guards the fields below, and with the log appends to the journal and puts to the overlay. */
    private final ReentrantLock lock = new ReentrantLock();

    private final ChangeLog log;
    private final AdmissionControl admission;
    private final ArrayDeque<Change> waiting = new ArrayDeque<>();
    private Gate gate = Gate.HELD;

    /** Why the journal takes nothing more; null while it does. */
    private @Nullable IOException failure;

    /**
     * @param log of {@code journal}; nobody else uses it
     */
    public ChangeQueue(
            Journal journal, ChangeLog log, Completions completions, LongSupplier nanoClock) {
        this.vvol = journal.vvol();
        this.journal = journal;
        this.log = log;
        this.completions = completions;
        this.nanoClock = nanoClock;
        this.admission = new AdmissionControl(journal.capacityBytes(), nanoClock.getAsLong());
    }

    /** Takes a change: into the journal at once if it can be, else it waits its turn. */
    public void submit(Change change) {
        long seq = -1;
        IOException error = null;
        lock.lock();
        try {
            if (gate == Gate.SHUT) {
                error = notHere();
            } else if (failure != null) {
                error = failure;
            } else {
                seq = isIdle() && change.isWhole() ? admit(change) : -1;
                if (seq < 0) {
                    waiting.add(change);
                    readEdgesOfFirst();
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
        complete(change, seq, error);
    }

    /** Lets waiting changes in as far as there is room; to be called every few milliseconds. */
    public void retryWaiting() {
        lock.lock();
        try {
            admission.refill(journal.capacityBytes() - journal.usedBytes(), nanoClock.getAsLong());
        } finally {
            lock.unlock();
        }
        admitWaiting();
    }

    private void admitWaiting() {
        while (admitFirst()) {
            // One at a time: its completion is called outside the lock, before the next comes in.
        }
    }

    private boolean admitFirst() {
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
            seq = first.isWhole() ? admit(change) : -1;
            if (seq < 0) {
                readEdgesOfFirst();
                return false;
            }
            waiting.remove();
            fullJournal.room(nanoClock.getAsLong());
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
        complete(change, seq, error);
        return true;
    }

    /** The seq of the change's last event; -1 while there is no room; {@link #lock} is held. */
    private long admit(Change change) throws IOException {
        log.requireInside(change);
        if (!admission.isOpen()) {
            return -1;
        }
        long seq = log.append(change);
        if (seq < 0) {
            fullJournal.noRoom(nanoClock.getAsLong());
        } else {
            admission.taken(change.writtenBytes() + ENTRY_BYTES);
        }
        return seq;
    }

    /** Whether a change would get its place at once; {@link #lock} is held. */
    private boolean isIdle() {
        return gate == Gate.OPEN && waiting.isEmpty();
    }

    private void complete(Change change, long seq, @Nullable IOException error) {
        if (error == null) {
            completions.journaled(change, seq);
        } else {
            change.done().complete(error);
        }
    }

    /** Has the first that waits read what it lacks, if anything; {@link #lock} is held. */
    private void readEdgesOfFirst() {
        Change first = gate == Gate.OPEN ? waiting.peek() : null;
        if (first == null) {
            return;
        }
        ReadModifyWrite edges = first.edges();
        if (edges != null && edges.startReading()) {
            Thread.ofVirtual().name("read-modify-write").start(() -> readEdges(first, edges));
        }
    }

    private void readEdges(Change change, ReadModifyWrite edges) {
        IOException error = null;
        try {
            edges.read();
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
                edges.wasRead();
            } else {
                waiting.remove();
            }
        } finally {
            lock.unlock();
        }
        if (error != null) {
            change.done().complete(error);
        }
        admitWaiting();
    }

    /** Runs {@code appends} with no other event in between. */
    public long exclusively(Appends appends) throws IOException {
        lock.lock();
        long before = journal.lastSeq();
        try {
            return appends.to(log);
        } finally {
            if (journal.lastSeq() != before) {
                changedOutOfTurn();
            }
            lock.unlock();
        }
    }

    /** What the first that waits has read may be out of date; {@link #lock} is held. */
    private void changedOutOfTurn() {
        Change first = waiting.peek();
        if (first != null && first.edges() instanceof ReadModifyWrite edges) {
            edges.forget();
        }
    }

    /** The same if a client's change would get its place at once; else returns -1. */
    public long exclusivelyIfIdle(Appends appends) throws IOException {
        lock.lock();
        try {
            return isIdle() ? appends.to(log) : -1;
        } finally {
            lock.unlock();
        }
    }

    /** Holds the gate and ends the epoch: the seal is the newest event. -1 if full. */
    public long seal(String note) throws JournalException {
        lock.lock();
        try {
            gate = Gate.HELD;
            return log.append(EventKind.EPOCH_SEALED, 0, 0, note);
        } finally {
            lock.unlock();
        }
    }

    /** Has changes wait. */
    public void hold() {
        lock.lock();
        try {
            gate = Gate.HELD;
        } finally {
            lock.unlock();
        }
    }

    /** Lets changes in. */
    public void open() {
        lock.lock();
        try {
            gate = Gate.OPEN;
        } finally {
            lock.unlock();
        }
        retryWaiting();
    }

    /** Fails everything that waits and all that comes: the volume is written elsewhere. */
    public void shut() {
        List<Change> failed;
        lock.lock();
        try {
            gate = Gate.SHUT;
            failed = takeWaiting();
        } finally {
            lock.unlock();
        }
        failed.forEach(change -> change.done().complete(notHere()));
    }

    /** Fails everything that waits and all that comes: the journal takes nothing more. */
    public void fail(IOException reason) {
        List<Change> failed;
        lock.lock();
        try {
            failure = reason;
            failed = takeWaiting();
        } finally {
            lock.unlock();
        }
        failed.forEach(change -> change.done().complete(reason));
    }

    private List<Change> takeWaiting() {
        List<Change> taken = new ArrayList<>(waiting);
        waiting.clear();
        return taken;
    }

    /** Whether a client's change waits for its place. */
    public boolean hasWaiting() {
        lock.lock();
        try {
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** When changes wait because the journal is full. */
    public FullJournal fullJournal() {
        return fullJournal;
    }

    /** The volume's size by the newest event; -1 before {@link #useImageSize}. */
    public long sizeBytes() {
        lock.lock();
        try {
            return log.sizeBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Size of the image, which has all events before the journal's. */
    public void useImageSize(long imageBytes) {
        lock.lock();
        try {
            log.useImageSize(imageBytes);
        } finally {
            lock.unlock();
        }
    }

    /** Epoch of the newest event. */
    public int epoch() {
        lock.lock();
        try {
            return log.epoch();
        } finally {
            lock.unlock();
        }
    }

    /** The volume's VM, or its counter, has changed. */
    public void useClock(VmClock clockOfVm) {
        lock.lock();
        try {
            log.useClock(clockOfVm);
        } finally {
            lock.unlock();
        }
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
}
