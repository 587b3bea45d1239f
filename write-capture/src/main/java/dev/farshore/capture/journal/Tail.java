package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.EntryReader;
import dev.farshore.capture.journal.file.JournalException;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * Where the journal begins, and by that how much room there is.
 *
 * <p>{@link #release} moves the tail in memory and writes it to the file; the space before it is
 * reused only once the tail is <em>stable</em>. Else a crash of the host could leave the old tail
 * on disk and a new lap's bytes where it points, and with the way to them cut off, entries that
 * were forced would be lost. Making a tail stable is a small forced write for an eighth of the ring
 * or more, on the thread that releases; on the appender's only where there is no other way to find
 * room.
 *
 * <p>Threading: any thread.
 */
final class Tail {
    private static final int PARTS_TO_RECLAIM = 8;

    private final SeqIndex index;
    private final EntryReader entries;
    private final long capacityBytes;

    /** Guards {@link #slots} and every write of the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final TailSlots slots;
    private volatile long firstSeq;
    private volatile long position;
    private volatile JournalPosition released;
    private volatile int incarnation;
    private volatile long stableFirstSeq;
    private volatile long stablePosition;

    Tail(TailSlots slots, SeqIndex index, EntryReader entries, long capacityBytes) {
        TailSlot tail = slots.current();
        this.slots = slots;
        this.index = index;
        this.entries = entries;
        this.capacityBytes = capacityBytes;
        this.firstSeq = tail.firstSeq();
        this.position = tail.tailPosition();
        this.released = tail.released();
        this.incarnation = tail.incarnation();
        this.stableFirstSeq = firstSeq;
        this.stablePosition = position;
    }

    /** Oldest entry held; when there is none, the one to come. */
    long firstSeq() {
        return firstSeq;
    }

    long position() {
        return position;
    }

    JournalPosition released() {
        return released;
    }

    int incarnation() {
        return incarnation;
    }

    /**
     * For the appender: whether entry {@code seq}, the next, may be stored up to {@code end}. Where
     * it may, the release of what lay there has been seen.
     */
    boolean hasRoom(long seq, long end) throws JournalException {
        if (isRoom(seq, end)) {
            return true;
        }
        // Once the journal is empty no release will come any more to make the tail stable.
        if (firstSeq == seq || isWorthPersisting()) {
            persist();
        }
        return isRoom(seq, end);
    }

    private boolean isRoom(long seq, long end) {
        return end - stablePosition <= capacityBytes && seq - stableFirstSeq < index.maxEntries();
    }

    private boolean isWorthPersisting() {
        return position - stablePosition >= capacityBytes / PARTS_TO_RECLAIM
                || firstSeq - stableFirstSeq >= index.maxEntries() / PARTS_TO_RECLAIM;
    }

    /** Releases every entry up to {@code upToSeq}, which has been appended. */
    void release(long upToSeq, long headPosition) throws JournalException {
        lock.lock();
        try {
            if (upToSeq < firstSeq) {
                return;
            }
            long entry = index.get(upToSeq);
            write(slots.current().releasedUpTo(positionAfter(entry), entries.end(entry)));
            boolean isHalfFull =
                    headPosition - stablePosition > capacityBytes / 2
                            || upToSeq - stableFirstSeq > index.maxEntries() / 2;
            if (isHalfFull && isWorthPersisting()) {
                persist();
            }
        } finally {
            lock.unlock();
        }
    }

    private JournalPosition positionAfter(long entry) {
        return new JournalPosition(
                entries.epoch(entry),
                entries.seq(entry),
                entries.vmSeq(entry),
                entries.totalBytes(entry));
    }

    /** The host's mark. */
    HostMark host() {
        lock.lock();
        try {
            return slots.current().host();
        } finally {
            lock.unlock();
        }
    }

    /** Starts an incarnation that appends from {@code resumeSeq} on. */
    void reopen(long resumeSeq, HostMark host) throws JournalException {
        lock.lock();
        try {
            write(slots.current().reopened(resumeSeq, host));
            persist();
        } finally {
            lock.unlock();
        }
    }

    /** Changes the host's mark, and makes that stable. */
    void mark(UnaryOperator<HostMark> change) throws JournalException {
        lock.lock();
        try {
            note(change);
            persist();
        } finally {
            lock.unlock();
        }
    }

    /** The same, but stable only with the next tail that is made stable. */
    void note(UnaryOperator<HostMark> change) {
        lock.lock();
        try {
            TailSlot current = slots.current();
            write(current.withHost(change.apply(current.host())));
        } finally {
            lock.unlock();
        }
    }

    private void write(TailSlot tail) {
        slots.write(tail);
        released = tail.released();
        incarnation = tail.incarnation();
        position = tail.tailPosition();
        firstSeq = tail.firstSeq();
    }

    /** Makes the tail stable, and by that frees the space before it. */
    void persist() throws JournalException {
        lock.lock();
        try {
            slots.persist();
            stableFirstSeq = firstSeq;
            stablePosition = position;
        } finally {
            lock.unlock();
        }
    }
}
