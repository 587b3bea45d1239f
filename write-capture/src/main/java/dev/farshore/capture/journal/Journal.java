package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.ChainSlots;
import dev.farshore.capture.journal.file.EntryReader;
import dev.farshore.capture.journal.file.EntryWriter;
import dev.farshore.capture.journal.file.FileHeader;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.MappedFile;
import dev.farshore.capture.journal.file.Ring;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * A volume's events from the moment they are accepted until they are in both topics and applied to
 * the local image: a ring in a memory-mapped file, drawn in {@link
 * dev.farshore.capture.journal.file.Layout}. What {@link #tryAppend} has taken survives the
 * process; what was there when a {@link #force} began also survives the host. {@link RecoveryScan}
 * says why.
 *
 * <p><b>Threading.</b> One appender at a time (the volume's lock). {@link #release}, {@link
 * #force}, {@link #read}, {@link #copyRange} and the getters from any thread, at any time; {@link
 * HeldEntries} says how readers are kept from being overwritten.
 *
 * <p>After a failed {@link #force} the kernel may have dropped what it could not write, so nothing
 * more is appended or promised: each further call fails. What is held can still be read and sent.
 */
public final class Journal implements StableStorage, AutoCloseable {
    /** An entry counts as this many bytes at least in the limit on their number. */
    private static final int BYTES_PER_ENTRY_MIN = 512;

    private final JournalFile file;
    private final Ring ring;
    private final EntryWriter writer;
    private final EntryReader entries;
    private final HeldEntries held;
    private final JournalRecovery recovery;
    private final AppendRules rules;
    private final JournalFailure failure;
    private final Tail tail;
    private final ChainSlots chainSlots;

    /** Guards {@link #forcedPosition}, and lets one force run at a time. */
    private final ReentrantLock forceLock = new ReentrantLock();

    private long forcedPosition;

    /** Written by the appender, before the entry is visible. */
    private volatile long headPosition;

    /** Found at this opening or an earlier one, and not settled yet. */
    private volatile JournalLoss loss;

    private Journal(JournalFile file, HostBoot boot) throws IOException {
        Path path = file.path();
        FileHeader header = file.header();
        MappedFile mapped = file.mapped();
        this.file = file;
        this.rules = new AppendRules(path, header.vvol());
        this.failure = new JournalFailure(path);
        this.ring = new Ring(mapped, header.capacityBytes());
        this.writer = new EntryWriter(ring, header.identity());
        this.entries = new EntryReader(ring, header.vvol());
        this.chainSlots = new ChainSlots(mapped, header.identity());
        SeqIndex index = new SeqIndex(header.capacityBytes() / BYTES_PER_ENTRY_MIN);
        TailSlots slots = TailSlots.open(mapped, header.identity(), path);
        RecoveryScan scan =
                new RecoveryScan(ring, entries, header.identity(), slots.current(), index);
        this.recovery = scan.run();
        this.tail = new Tail(slots, index, entries, header.capacityBytes());
        this.headPosition = scan.head();
        this.held = new HeldEntries(path, ring, index, entries, tail, recovery.lastSeq());
        HostMark host = tail.host();
        this.loss = host.lossAt(boot, recovery, slots.current().resumeSeq(), held.endsWithSeal());
        // What was recovered may be in the page cache only. It has to be stable before the slot
        // that says where this incarnation resumes. That slot has the loss, too: a process that
        // dies before it has reported it leaves it to the next.
        ring.force(tail.position(), headPosition);
        this.forcedPosition = headPosition;
        tail.reopen(recovery.lastSeq() + 1, host.opened(boot, recovery.lastSeq(), loss));
    }

    /**
     * Creates an empty journal that continues behind {@code after}, and opens it.
     *
     * @param capacityBytes of the ring, rounded up to pages, at least two; no entry may be larger
     *     than half of it
     * @throws JournalException {@code WRONG_FILE} if one exists, {@code NO_SPACE} if the disk is
     *     too full
     */
    public static Journal create(
            Path file, String vvol, long capacityBytes, JournalPosition after, HostBoot boot)
            throws IOException {
        JournalFiles.create(file, vvol, capacityBytes, after);
        return open(file, boot);
    }

    static Journal create(Path file, String vvol, long capacityBytes, JournalPosition after)
            throws IOException {
        return create(file, vvol, capacityBytes, after, HostBoot.present());
    }

    /**
     * Opens a journal and finds what it holds, and what it may have lost: see {@link #loss}.
     *
     * @param boot the present start of the host
     * @throws JournalException {@code LOCKED} if it is open elsewhere, {@code CORRUPT} if its
     *     header or both tail slots are damaged
     */
    public static Journal open(Path file, HostBoot boot) throws IOException {
        return open(file, MappedFile.Forcing.SYNC, boot);
    }

    static Journal open(Path file) throws IOException {
        return open(file, HostBoot.present());
    }

    static Journal open(Path path, MappedFile.Forcing forcing, HostBoot boot) throws IOException {
        JournalFile file = null;
        boolean isOpen = false;
        try {
            file = JournalFile.open(path, forcing);
            Journal journal = new Journal(file, boot);
            isOpen = true;
            return journal;
        } catch (InternalError e) {
            // How the JVM reports that the kernel could not page the file in or out.
            throw new JournalException(
                    JournalException.Kind.FAILED, "reading journal " + path + " failed", e);
        } finally {
            if (!isOpen && file != null) {
                file.close();
            }
        }
    }

    /**
     * Takes an event, and copies its payload; it is journalled when this returns true.
     *
     * @param header with the seq after {@link #lastSeq}, and the CRC-32C of the payload, which is
     *     trusted: were it wrong, the entry would not survive a restart
     * @param payload from position to limit, neither of which is changed
     * @return false when there is no room, and nothing has changed: try again after a {@link
     *     #release}
     * @throws IllegalArgumentException if it is larger than {@link #maxPayloadBytes} or not the
     *     next event
     * @throws JournalException if the journal has failed or is closed
     */
    public boolean tryAppend(EventHeader header, ByteBuffer payload) throws JournalException {
        failure.checkUsable();
        rules.check(header, payload, held.lastSeq(), loss);
        byte[] note = EntryWriter.noteBytes(header);
        long bytes = Layout.entryBytes(payload.remaining(), note.length);
        if (bytes > ring.maxEntryBytes()) {
            throw new IllegalArgumentException(
                    "event %d of %d bytes is too large for journal %s: at most %d"
                            .formatted(header.seq(), bytes, file.path(), ring.maxEntryBytes()));
        }
        long position = ring.place(headPosition, bytes);
        if (!hasRoom(header.seq(), position + bytes)) {
            return false;
        }
        // Nothing below is stored before the release that makes room for it has been seen.
        VarHandle.releaseFence();
        try {
            writer.write(position, header, payload, note, tail.incarnation());
        } catch (InternalError e) {
            throw failure.fail(e);
        }
        headPosition = position + bytes;
        held.appended(position, header);
        return true;
    }

    private boolean hasRoom(long seq, long end) throws JournalException {
        try {
            return tail.hasRoom(seq, end);
        } catch (JournalException | InternalError e) {
            throw failure.fail(e);
        }
    }

    /**
     * Reads one entry, valid until it is released: for those who know that it is not.
     *
     * @throws IllegalArgumentException if it is not held
     */
    public LogEvent read(long seq) {
        return held.read(seq);
    }

    /** A cursor for one thread, which allocates nothing for an entry. */
    public JournalReader reader() {
        return new JournalReader(held, ring, entries);
    }

    /**
     * Fills {@code into} from a write's payload, for a reader that does not know when the entry is
     * released.
     *
     * @param volumeOffset where in the volume the part begins; it must lie in the entry's range
     * @return false if the entry has been released: {@code into} is of no value, its position
     *     unchanged, and the image has the entry
     */
    public boolean copyRange(long seq, long volumeOffset, ByteBuffer into) {
        return held.copyRange(seq, volumeOffset, into);
    }

    /**
     * Releases every entry up to {@code upToSeq}, which is in both topics, applied to the local
     * image, and out of the overlay. May block for a small write to stable storage.
     */
    public void release(long upToSeq) throws JournalException {
        failure.checkUsable();
        if (upToSeq > held.lastSeq()) {
            throw new IllegalArgumentException(
                    "event %d is not in %s, so it can't be released"
                            .formatted(upToSeq, file.path()));
        }
        try {
            tail.release(upToSeq, headPosition);
        } catch (JournalException | InternalError e) {
            throw failure.fail(e);
        }
    }

    /**
     * The hash chain that was kept last, if the entries held follow on it; else null. Not
     * concurrent with {@link #keepChain}.
     */
    public @Nullable ChainPoint keptChain() {
        ChainPoint kept = chainSlots.read();
        return kept != null && kept.seq() >= firstSeq() - 1 && kept.seq() <= lastSeq()
                ? kept
                : null;
    }

    /**
     * Keeps the hash chain after an event that both topics have, for the next process that opens
     * this. To be called before an entry in front of it is released; by one thread at a time.
     */
    public void keepChain(ChainPoint published) throws JournalException {
        failure.checkUsable();
        chainSlots.write(published);
    }

    /** Where the volume's log stands before the oldest entry held. */
    public JournalPosition released() {
        return tail.released();
    }

    @Override
    public void force() throws JournalException {
        forceLock.lock();
        try {
            failure.checkUsable();
            // Read before the head, which is behind it then.
            long seq = held.lastSeq();
            long target = headPosition;
            if (target > forcedPosition) {
                ring.force(forcedPosition, target);
                forcedPosition = target;
                // Not forced itself: were it lost, less would be known to have been stable.
                tail.note(host -> host.stable(seq));
            }
        } catch (JournalException | InternalError e) {
            throw failure.fail(e);
        } finally {
            forceLock.unlock();
        }
    }

    HeldEntries held() {
        return held;
    }

    /** What no other journal has, and this one keeps for life. */
    public String identity() {
        return Long.toHexString(file.header().identity());
    }

    /** Name of the volume. */
    public String vvol() {
        return file.header().vvol();
    }

    /** What opening it found. */
    public JournalRecovery recovery() {
        return recovery;
    }

    /** What was acknowledged and is not here any more, until that is settled. */
    public JournalLoss loss() {
        return loss;
    }

    /**
     * A later epoch counts, which this journal opened behind what was lost: a lost event can't be
     * taken for one of its own any more.
     */
    public void settleLoss() throws JournalException {
        mark(HostMark::settled);
        loss = JournalLoss.NONE;
    }

    /**
     * A client that may outlive this host is about to write. To be called before its first write is
     * acknowledged; blocks for a small write to stable storage.
     */
    public void expectRemoteClients() throws JournalException {
        mark(HostMark::withRemoteClients);
    }

    private void mark(UnaryOperator<HostMark> change) throws JournalException {
        failure.checkUsable();
        try {
            tail.mark(change);
        } catch (JournalException | InternalError e) {
            throw failure.fail(e);
        }
    }

    /** Throws if it has failed or is closed. */
    public void checkUsable() throws JournalException {
        failure.checkUsable();
    }

    /** The file could not be paged in for somebody who reads views of entries. */
    public JournalException failedBy(InternalError cause) {
        return failure.fail(cause);
    }

    public boolean isEmpty() {
        return firstSeq() > lastSeq();
    }

    /** Oldest entry held; {@code lastSeq + 1} when there is none. */
    public long firstSeq() {
        return held.firstSeq();
    }

    /** Newest entry ever appended here, or where the journal was told to go on after. */
    public long lastSeq() {
        return held.lastSeq();
    }

    /** Where the volume's log stands after the newest entry. */
    public JournalPosition last() {
        EventHeader header = held.newest();
        return header == null ? tail.released() : JournalPosition.of(header);
    }

    /** Bytes from the oldest entry held to the newest. */
    public long usedBytes() {
        return headPosition - tail.position();
    }

    /** Bytes of the ring. */
    public long capacityBytes() {
        return ring.capacityBytes();
    }

    /** Largest payload of an event without a note. */
    public long maxPayloadBytes() {
        return ring.maxEntryBytes() - Layout.ENTRY_PAYLOAD;
    }

    /** Makes everything stable and unlocks the file. Views of entries must not be used after. */
    @Override
    public void close() throws IOException {
        forceLock.lock();
        try {
            JournalException earlier = failure.first();
            if (earlier != null && earlier.kind() == JournalException.Kind.CLOSED) {
                return;
            }
            failure.close();
            try (file) {
                if (earlier == null) {
                    ring.force(forcedPosition, headPosition);
                    tail.mark(host -> host.closed(held.lastSeq()));
                }
            }
        } finally {
            forceLock.unlock();
        }
    }
}
