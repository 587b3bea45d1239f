package dev.farshore.capture.volume;

import dev.farshore.capture.journal.GroupCommit;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalException;
import dev.farshore.capture.journal.JournalFiles;
import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.pressure.FullJournal;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.publish.Lane;
import dev.farshore.capture.read.Allocation;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.read.OverlayAllocation;
import dev.farshore.capture.read.OverlayReader;
import dev.farshore.capture.seed.ImportReads;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A journal in use: what it takes to write a volume here, over any number of epochs in a row.
 *
 * <p>An entry leaves the journal, and the overlay with it, when it is in both topics and applied to
 * the local image: from then on the image alone answers reads, and the log alone restores the
 * image.
 */
final class WriteSession implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WriteSession.class);

    private final Path file;
    private final String vvol;
    private final Journal journal;
    private final Overlay overlay;
    private final OverlayReader reader;
    private final OverlayAllocation allocation;
    private final Lane lane;
    private final ChangeLog log;
    private final StableFlush stableFlush;
    private final String owner;
    private final boolean isResumed;

    /** Note of the newest opening that is or was in the journal; empty if none was here. */
    private volatile String newestOpening = "";

    private final Clock clock;

    /** Guards {@link #closed}: the journal is not released while it is being closed. */
    private final ReentrantLock life = new ReentrantLock();

    private boolean closed;

    private volatile boolean expectsGuestsElsewhere;
    private volatile @Nullable JournalException failure;

    /** A smaller size that was named without an order to shrink, and told of; -1 if none was. */
    private long refusedBytes = -1;

    /** While an import is under way; null else. */
    private volatile @Nullable ImportReads importReads;

    /**
     * @param isResumed whether the journal was there before this process
     * @param epoch of the journal's newest entry, or the last one before it
     * @param totalBytes of the volume before the next change
     * @param publishedChain after the newest event that both topics are known to have
     */
    WriteSession(
            Path file,
            Journal journal,
            boolean isResumed,
            String vvol,
            NodeContext node,
            long sizeBytes,
            int partition,
            int epoch,
            long totalBytes,
            VmClock vmClock,
            VolumeTraffic traffic,
            Durability durability,
            ChainPoint publishedChain) {
        this.file = file;
        this.isResumed = isResumed;
        this.vvol = vvol;
        this.journal = journal;
        this.overlay = new Overlay();
        this.reader = new OverlayReader(overlay);
        this.allocation = new OverlayAllocation(overlay);
        this.clock = node.clock();
        this.owner =
                new EpochOwner(node.site(), journal.identity(), node.process(), node.node())
                        .toString();
        long newestSizeBytes = -1;
        for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
            EventHeader event = journal.read(seq).header();
            overlay.put(event);
            if (event.kind() == EventKind.EPOCH_OPENED || event.kind() == EventKind.RESIZE) {
                newestSizeBytes = event.length();
            }
            if (event.kind() == EventKind.EPOCH_OPENED) {
                newestOpening = event.note();
            }
        }
        this.log =
                new ChangeLog(
                        vvol,
                        journal,
                        overlay,
                        vmClock,
                        traffic,
                        epoch,
                        newestSizeBytes,
                        totalBytes,
                        clock);
        // Whether an opening that is still in the journal counts, the image has yet to show. So it
        // has of what stands in the place of an event that was lost.
        long headersHeldFromSeq =
                Math.min(
                        openingSeq().orElse(Long.MAX_VALUE),
                        loss().isLoss() ? loss().afterSeq() + 1 : Long.MAX_VALUE);
        this.lane = node.publisher().open(vvol, partition, log, publishedChain, headersHeldFromSeq);
        this.stableFlush =
                new StableFlush(
                        vvol,
                        new GroupCommit(journal, node.forcers()),
                        lane.counted().waiters(),
                        durability);
        log.useStability(stableFlush);
    }

    /** How this session shows as the opener of an epoch. */
    String owner() {
        return owner;
    }

    /** Whether it was this journal that opened an epoch, in this process. */
    boolean isOwner(LogCursor cursor) {
        return cursor.owner().equals(owner);
    }

    /**
     * Whether it was this journal that opened an epoch, perhaps in a process before. Where the
     * journal has an opening, it has to be that one: of a copy of the journal another process may
     * have opened the epoch. An opening that had left the journal was seen to count before.
     */
    boolean isFromJournal(LogCursor cursor) {
        String noted = newestOpening;
        EpochOwner opener = EpochOwner.parse(cursor.owner());
        return noted.isEmpty()
                ? opener.isSameJournal(EpochOwner.parse(owner))
                : opener.isSameWriter(EpochOwner.parse(noted));
    }

    /**
     * Whether the newest epoch was opened from a copy of this journal.
     *
     * @param epoch the newest that was opened from this one, as far as is known here
     */
    boolean isFromCopy(LogCursor cursor, int epoch) {
        return EpochOwner.parse(cursor.owner()).isSameJournal(EpochOwner.parse(owner))
                && (cursor.epoch() > epoch || (cursor.epoch() == epoch && !isFromJournal(cursor)));
    }

    /** Whether the journal was there before this process. */
    boolean isResumed() {
        return isResumed;
    }

    long firstSeq() {
        return journal.firstSeq();
    }

    long lastSeq() {
        return journal.lastSeq();
    }

    /** What would be lost with this host. */
    Unpublished unpublished() {
        Instant now = clock.instant();
        life.lock();
        try {
            return closed
                    ? Unpublished.NONE
                    : Unpublished.in(
                            journal,
                            lane.ackedSeq(),
                            now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
        } finally {
            life.unlock();
        }
    }

    /** What the journal has lost and nobody has settled. */
    JournalLoss loss() {
        return journal.loss();
    }

    /** A later epoch counts that was opened behind what was lost. */
    void settleLoss() throws JournalException {
        journal.settleLoss();
        lane.releaseHeaders();
    }

    /**
     * A client is about to write that a crash of this host may leave alive. Blocks for a small
     * write to stable storage the first time.
     */
    void expectGuestsElsewhere() throws JournalException {
        if (!expectsGuestsElsewhere) {
            journal.guestsElsewhere();
            expectsGuestsElsewhere = true;
        }
    }

    /** Whether both topics have everything. */
    boolean isPublished() {
        return lane.headerAckedSeq() >= journal.lastSeq();
    }

    /**
     * Writes an opening; it is published without its header, until it is known to count.
     *
     * @return false when the journal is full
     */
    boolean open(int epoch, long sizeBytes) throws JournalException {
        lane.holdHeadersFrom(journal.lastSeq() + 1);
        if (!log.appendOpening(epoch, owner, sizeBytes)) {
            lane.releaseHeaders();
            return false;
        }
        newestOpening = owner;
        lane.wakeNow();
        return true;
    }

    /** The image has applied the opening, so it counts: its header may be published. */
    void openingCounts() {
        JournalLoss loss = loss();
        if (loss.isLoss()) {
            lane.holdHeadersFrom(loss.afterSeq() + 1);
            lane.wakeNow();
        } else {
            lane.releaseHeaders();
        }
    }

    /**
     * Whether both topics have all that they should ever have from here: an opening of which it is
     * not known that it counts has no header. If it counted all the same, and another epoch has
     * come after it, the opener of that one has published it.
     */
    boolean isPublishedAsFarAsItCounts() {
        return lane.headerAckedSeq() >= Math.min(journal.lastSeq(), lane.headersHeldFromSeq() - 1);
    }

    ChangeLog log() {
        return log;
    }

    Lane lane() {
        return lane;
    }

    StableFlush stableFlush() {
        return stableFlush;
    }

    /**
     * Takes a change. The publisher is to be told of it by {@link #wakePublisher}, though not
     * before the client is answered.
     */
    void submit(Change change) {
        log.submit(change);
    }

    /** Has what somebody waits for sent at once. */
    void publishNow() {
        lane.wakeNow();
    }

    void wakePublisher() {
        lane.wake();
    }

    /**
     * Makes the volume as large as wanted, if it is not and there is room for that.
     *
     * @return whether it was resized
     */
    boolean resize(String vvol, VolumeSpec wanted) throws JournalException {
        long sizeBytes = log.sizeBytes();
        tellIfRefused(vvol, wanted, sizeBytes);
        long wantedBytes = WantedSize.bytes(wanted, sizeBytes);
        if (sizeBytes == wantedBytes || !log.appendResize(wantedBytes)) {
            return false;
        }
        lane.wake();
        logger.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("fromBytes", sizeBytes)
                .addKeyValue("toBytes", wantedBytes)
                .addKeyValue("seq", journal.lastSeq())
                .log("volume resized");
        return true;
    }

    /** Says so once. */
    private void tellIfRefused(String vvol, VolumeSpec wanted, long sizeBytes) {
        if (!WantedSize.isRefused(wanted, sizeBytes)) {
            refusedBytes = -1;
        } else if (refusedBytes != wanted.getSizeBytes()) {
            refusedBytes = wanted.getSizeBytes();
            logger.atWarn()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("sizeBytes", sizeBytes)
                    .addKeyValue("wantedBytes", wanted.getSizeBytes())
                    .log("volume is not made smaller: nobody asked for that; resize it again");
        }
    }

    /** Says when writes begin to wait for room in the journal, and when that is over. */
    void tellIfFull(String vvol, long appliedSeq) {
        switch (log.fullJournal().news(System.nanoTime())) {
            case null -> {}
            case FullJournal.News.Began began ->
                    logger.atWarn()
                            .addKeyValue("vvol", vvol)
                            .addKeyValue("journalBytes", journal.capacityBytes())
                            .addKeyValue("oldestSeq", journal.firstSeq())
                            .addKeyValue("newestSeq", journal.lastSeq())
                            .addKeyValue("publishedSeq", lane.headerAckedSeq())
                            .addKeyValue("appliedSeq", appliedSeq)
                            .log("journal is full and writes wait: {}", whyFull(appliedSeq));
            case FullJournal.News.Ended(long lastedNanos, long waitedNanos) ->
                    logger.atInfo()
                            .addKeyValue("vvol", vvol)
                            .addKeyValue("lastedMillis", lastedNanos / 1_000_000)
                            .addKeyValue("waitedMillis", waitedNanos / 1_000_000)
                            .log("journal has room again");
        }
    }

    private String whyFull(long appliedSeq) {
        return lane.headerAckedSeq() <= appliedSeq
                ? "Kafka has not acknowledged more"
                : "the local image has not applied more";
    }

    long journalUsedBytes() {
        return journal.usedBytes();
    }

    long journalCapacityBytes() {
        return journal.capacityBytes();
    }

    void read(long offset, ByteBuffer into, LocalImage image) throws IOException {
        ImportReads importing = importReads;
        try {
            if (importing == null) {
                reader.read(offset, into, journal, image);
            } else {
                importing.read(offset, into, (at, part) -> reader.read(at, part, journal, image));
            }
        } catch (InternalError e) {
            throw journal.failedBy(e);
        }
    }

    /** Tells which parts of a range are holes; while an import is under way, none. */
    void allocation(long offset, long length, LocalImage image, ExtentConsumer consumer)
            throws IOException {
        ImportReads importing = importReads;
        if (importing != null && !importing.isOver()) {
            consumer.accept(length, Allocation.DATA);
        } else {
            allocation.extents(offset, length, image, consumer);
        }
    }

    /** From now on what no event has touched is read from an import's source. */
    void readThrough(ImportReads reads) {
        importReads = reads;
    }

    /** The volume as a seed writes it. */
    SeedLog seedLog(Supplier<Optional<LocalImage>> image) {
        return new SeedLog(vvol, this, log, journal, lane, image);
    }

    /** The newest seed, by the image and by what it has not applied yet of the journal. */
    SeedMark newestSeed(LocalImage image) {
        AtomicReference<SeedMark> newest = new AtomicReference<>(image.seed());
        forEachAfter(
                image.applied().seq(), event -> newest.updateAndGet(mark -> mark.after(event, -1)));
        return newest.get();
    }

    /** Shows the events after {@code seq} that are in the journal still; none leaves meanwhile. */
    void forEachAfter(long afterSeq, Consumer<EventHeader> visitor) {
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
    boolean isSealed(LogCursor cursor) {
        return journal.isEmpty()
                ? !cursor.open()
                : journal.read(journal.lastSeq()).header().kind() == EventKind.EPOCH_SEALED;
    }

    /** Whether the newest event is a seal and still in the journal. */
    boolean endsWithSeal() {
        return !journal.isEmpty()
                && journal.read(journal.lastSeq()).header().kind() == EventKind.EPOCH_SEALED;
    }

    /** Seq of the journal's last {@code EPOCH_OPENED}; none when that has left the journal. */
    OptionalLong openingSeq() {
        for (long seq = journal.lastSeq(); seq >= journal.firstSeq(); seq--) {
            if (journal.read(seq).header().kind() == EventKind.EPOCH_OPENED) {
                return OptionalLong.of(seq);
            }
        }
        return OptionalLong.empty();
    }

    /** Whether all that was ever acknowledged here is in the log, counts, and nothing waits. */
    boolean isComplete() {
        return lane.counted().newest() >= journal.lastSeq() && !log.hasWaiting();
    }

    /** Has flushes answered that wait to know whether their events count. */
    void seen(LocalImage.LogPosition position) {
        if (isOwner(position.cursor())) {
            lane.counted().seen(position.cursor().seq(), position.writesOffset());
        }
    }

    /**
     * Another site has hardened everything up to {@code seq}: everything of ours only if its image
     * is in our epoch. By another epoch the seq may be that of another owner's event.
     */
    void hardenedElsewhere(LogCursor applied, long seq) {
        if (isOwner(applied)) {
            stableFlush.hardenedElsewhere(seq);
        }
    }

    /** Lets go of what is in both topics and in the image, and lets waiting writes in. */
    void release(long appliedSeq) throws IOException {
        if (!life.tryLock()) {
            return; // closing, or another thread does it
        }
        try {
            if (closed) {
                return;
            }
            if (!isPublished()) {
                lane.wake(); // a client that stalled in the middle of a request has told nobody
            }
            long upToSeq = Math.min(Math.min(lane.headerAckedSeq(), appliedSeq), journal.lastSeq());
            if (failure != null) {
                return;
            }
            if (upToSeq >= journal.firstSeq()) {
                ChainPoint chain = lane.publishedChain();
                if (chain != null) {
                    journal.keepChain(chain);
                }
                overlay.forgetUpTo(upToSeq);
                journal.release(upToSeq);
            }
            InternalError unreadable = lane.sourceFailure();
            if (unreadable != null) {
                JournalException failed = journal.failedBy(unreadable);
                stableFlush.fail(failed);
                throw failed;
            }
            journal.checkUsable();
        } catch (JournalException e) {
            fail(e);
            return;
        } finally {
            life.unlock();
        }
        log.retryWaiting();
    }

    /**
     * Says once that the journal takes nothing more, and answers all that waits. What it holds is
     * still read and published, as far as that can be; only a new process may trust the disk again.
     */
    private void fail(JournalException e) {
        if (failure == null) {
            failure = e;
            logger.atError()
                    .addKeyValue("vvol", vvol)
                    .setCause(e)
                    .log("journal has failed; writes get I/O errors");
            log.fail(e);
        }
    }

    /** Why nothing can be written any more, or published; empty while it can. */
    String problem() {
        JournalException failed = failure;
        if (failed == null) {
            return lane.problem();
        }
        return "its journal has failed, writes get I/O errors: "
                + failed.getMessage()
                + "; restart the node when its disk is well";
    }

    /** Stops writing; the journal stays for the next start. */
    @Override
    public void close() throws IOException {
        log.shut();
        lane.close();
        stableFlush.close();
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

    /** Stops writing, for good: nothing in the journal is needed any more. */
    void closeAndDelete() throws IOException {
        close();
        JournalFiles.delete(file);
    }
}
