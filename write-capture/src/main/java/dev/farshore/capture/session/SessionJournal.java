package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.publish.Lane;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.Overlay;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a session's journal holds, and when it lets go of it.
 *
 * <p>An entry leaves the journal, and the overlay with it, when it is in both topics and applied to
 * the local image: from then on the image alone answers reads, and the log alone restores the
 * image.
 *
 * <p>Threading: any thread.
 */
public final class SessionJournal {
    private final Journal journal;
    private final Overlay overlay;

    /** Guards {@link #closed}: nothing is read or released while the journal is being closed. */
    private final ReentrantLock life = new ReentrantLock();

    private boolean closed;
    private volatile @Nullable JournalException failure;

    /** Written once; two threads may both write it. */
    private volatile boolean expectsRemoteClients;

    SessionJournal(Journal journal, Overlay overlay) {
        this.journal = journal;
        this.overlay = overlay;
    }

    /** Oldest entry held; {@link #lastSeq} + 1 if there is none. */
    public long firstSeq() {
        return journal.firstSeq();
    }

    public long lastSeq() {
        return journal.lastSeq();
    }

    /**
     * A client is about to write that may outlive a crash of this host. Blocks for a small write to
     * stable storage the first time.
     */
    public void expectRemoteClients() throws JournalException {
        if (!expectsRemoteClients) {
            journal.expectRemoteClients();
            expectsRemoteClients = true;
        }
    }

    /** The newest seed, by the image and by what the journal has that the image has not applied. */
    public SeedMark newestSeed(LocalImage image) {
        AtomicReference<SeedMark> newest = new AtomicReference<>(image.seed());
        forEachAfter(
                image.applied().seq(), event -> newest.updateAndGet(mark -> mark.after(event, -1)));
        return newest.get();
    }

    /** Shows the events after {@code seq} that the journal still holds; none leaves meanwhile. */
    public void forEachAfter(long afterSeq, Consumer<EventHeader> visitor) {
        life.lock();
        try {
            for (long seq = Math.max(journal.firstSeq(), afterSeq + 1);
                    seq <= journal.lastSeq();
                    seq++) {
                visitor.accept(journal.read(seq).header());
            }
        } finally {
            life.unlock();
        }
    }

    /** Whether the newest event is a seal; {@code cursor} tells when the journal is empty. */
    public boolean isSealed(LogCursor cursor) {
        life.lock(); // or the seal might be released between the two questions
        try {
            return journal.isEmpty() ? !cursor.open() : endsWithSeal();
        } finally {
            life.unlock();
        }
    }

    /** Whether the newest event is a seal and still in the journal. */
    public boolean endsWithSeal() {
        life.lock();
        try {
            return !journal.isEmpty()
                    && journal.read(journal.lastSeq()).header().kind() == EventKind.EPOCH_SEALED;
        } finally {
            life.unlock();
        }
    }

    /** The last {@code EPOCH_OPENED} in the journal; null if it holds none. */
    public @Nullable EventHeader newestOpening() {
        for (long seq = journal.lastSeq(); seq >= journal.firstSeq(); seq--) {
            EventHeader event = journal.read(seq).header();
            if (event.kind() == EventKind.EPOCH_OPENED) {
                return event;
            }
        }
        return null;
    }

    /**
     * What would be lost with this host.
     *
     * @param ackedSeq tells the newest event that is in the log; asked while nothing is released,
     *     or the event behind it might be gone
     */
    Unpublished unpublished(LongSupplier ackedSeq, long nowMicros) {
        life.lock();
        try {
            return closed
                    ? Unpublished.NONE
                    : Unpublished.in(journal, ackedSeq.getAsLong(), nowMicros);
        } finally {
            life.unlock();
        }
    }

    /**
     * Lets go of what is in both topics and in the image.
     *
     * @return false if nothing is let go any more, or another thread is at it
     * @throws JournalException once, when the journal takes nothing more
     */
    boolean release(Lane lane, long appliedSeq) throws JournalException {
        if (!life.tryLock()) {
            return false; // closing, or another thread does it
        }
        try {
            if (closed) {
                return false;
            }
            if (lane.headerAckedSeq() < journal.lastSeq()) {
                lane.wake(); // a client that stalled in the middle of a request has told nobody
            }
            if (failure != null) {
                return false;
            }
            releaseUpTo(Math.min(lane.headerAckedSeq(), appliedSeq), lane);
            InternalError unreadable = lane.sourceFailure();
            if (unreadable != null) {
                throw journal.failedBy(unreadable);
            }
            journal.checkUsable();
            return true;
        } catch (JournalException e) {
            failure = e;
            throw e;
        } finally {
            life.unlock();
        }
    }

    private void releaseUpTo(long upToSeq, Lane lane) throws JournalException {
        if (upToSeq < journal.firstSeq()) {
            return;
        }
        ChainPoint chain = lane.publishedChain();
        if (chain != null) {
            journal.keepChain(chain);
        }
        overlay.forgetUpTo(upToSeq);
        journal.release(upToSeq);
    }

    /** Why the journal takes nothing more; null while it does. */
    @Nullable JournalException failure() {
        return failure;
    }

    void close() throws IOException {
        life.lock();
        try {
            if (!closed) {
                closed = true;
                journal.close();
            }
        } finally {
            life.unlock();
        }
    }
}
