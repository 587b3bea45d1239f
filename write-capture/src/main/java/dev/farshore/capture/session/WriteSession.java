package dev.farshore.capture.session;

import dev.farshore.capture.change.ChangeLog;
import dev.farshore.capture.change.ChangeQueue;
import dev.farshore.capture.change.Completions;
import dev.farshore.capture.change.StableFlush;
import dev.farshore.capture.journal.GroupCommit;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalFiles;
import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.publish.Lane;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.Overlay;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A journal in use: what it takes to write a volume here, over any number of epochs in a row. The
 * journal's entries go to the topics by its {@link Lane}; clients' changes come in by its {@link
 * ChangeQueue}.
 *
 * <p>Threading: any thread; events that no client asked for are appended by the keeper's thread.
 */
public final class WriteSession implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WriteSession.class);

    private final OpenedJournal opened;
    private final String vvol;
    private final NodeTime time;
    private final SessionJournal journal;
    private final OpenerIdentity opener;
    private final ChangeQueue changes;
    private final VolumeReads reads;
    private final Lane lane;
    private final StableFlush stableFlush;
    private final ResizeRequests resizes;
    private final FullJournalReport fullReport;

    WriteSession(
            SessionContext context,
            OpenedJournal opened,
            VolumeSpec wanted,
            VmClock vmClock,
            VolumeTraffic traffic) {
        Journal file = opened.journal();
        this.opened = opened;
        this.vvol = file.vvol();
        this.time = context.time();
        Overlay overlay = new Overlay();
        ChangeLog log = new ChangeLog(file, overlay, vmClock, time.wall());
        this.journal = new SessionJournal(file, overlay);
        this.reads = new VolumeReads(file, overlay, context.observer());
        EventHeader opening = journal.newestOpening();
        this.opener =
                new OpenerIdentity(
                        context.node(), file.identity(), opening == null ? "" : opening.note());
        this.lane =
                context.publisher()
                        .open(
                                vvol,
                                wanted.getPartition(),
                                new JournalSource(file, overlay),
                                opened.publishedChain(),
                                headersHeldFromSeq(opening, file.loss()));
        this.stableFlush =
                new StableFlush(
                        vvol,
                        new GroupCommit(file, context.forcers()),
                        lane.counted().waiters(),
                        wanted.getDurability());
        this.changes =
                new ChangeQueue(
                        file,
                        log,
                        new Completions(stableFlush, traffic, context.observer(), time.nanos()),
                        time.nanos());
        this.resizes = new ResizeRequests(vvol, changes);
        this.fullReport = new FullJournalReport(file, lane, changes.fullJournal());
    }

    /**
     * The image has yet to show whether an opening counts that is still in the journal, and whether
     * an event counts that stands in the place of a lost one.
     */
    private static long headersHeldFromSeq(@Nullable EventHeader opening, JournalLoss loss) {
        return Math.min(
                opening == null ? Long.MAX_VALUE : opening.seq(),
                loss.isLoss() ? loss.afterSeq() + 1 : Long.MAX_VALUE);
    }

    /** Clients' changes. */
    public ChangeQueue changes() {
        return changes;
    }

    /** The volume's way into the topics. */
    public Lane lane() {
        return lane;
    }

    public VolumeReads reads() {
        return reads;
    }

    public SessionJournal journal() {
        return journal;
    }

    /** How this session shows as the opener of an epoch. */
    public OpenerIdentity opener() {
        return opener;
    }

    /** Whether the journal was there before this process. */
    public boolean isResumed() {
        return opened.isResumed();
    }

    /** The volume as a seed writes it. */
    public SeedAppender seedAppender(Supplier<Optional<LocalImage>> image) {
        return new SeedAppender(opened.journal(), changes, reads, lane, image);
    }

    // Epochs

    /**
     * Writes an opening; it is published without its header until it is known to count.
     *
     * @return false if the journal is full
     */
    public boolean open(int epoch, long sizeBytes) throws IOException {
        lane.holdHeadersFrom(journal.lastSeq() + 1);
        long seq = changes.exclusively(log -> log.appendOpening(epoch, opener.note(), sizeBytes));
        if (seq < 0) {
            lane.releaseHeaders();
            return false;
        }
        opener.opened();
        lane.wakeNow();
        return true;
    }

    /** The image has applied the opening, so it counts: its header may be published. */
    public void openingCounts() {
        JournalLoss loss = loss();
        if (loss.isLoss()) {
            lane.holdHeadersFrom(loss.afterSeq() + 1);
            lane.wakeNow();
        } else {
            lane.releaseHeaders();
        }
    }

    /**
     * Holds changes, and ends the epoch.
     *
     * @return seq of the seal; -1 if the journal is full
     */
    public long seal() throws JournalException {
        long seq = changes.seal(opener.note());
        lane.wakeNow();
        return seq;
    }

    /** A seal behind lost events counts: its header may be published. */
    public void sealCounts() {
        lane.releaseHeaders();
    }

    /** What the journal has lost and nobody has settled. */
    public JournalLoss loss() {
        return opened.journal().loss();
    }

    /** A later epoch counts that was opened behind what was lost. */
    public void settleLoss() throws JournalException {
        opened.journal().settleLoss();
        lane.releaseHeaders();
    }

    // Progress

    /** Whether both topics have everything. */
    public boolean isPublished() {
        return lane.headerAckedSeq() >= journal.lastSeq();
    }

    /**
     * Whether both topics have all that they should ever have from here: an opening has no header
     * while it is not known to count. If it counted all the same, and another epoch has come after
     * it, the opener of that one has published the header.
     */
    public boolean isPublishedAsFarAsItCounts() {
        return lane.headerAckedSeq() >= Math.min(journal.lastSeq(), lane.headersHeldFromSeq() - 1);
    }

    /** Whether all that was ever acknowledged here is in the log and counts, and nothing waits. */
    public boolean isComplete() {
        return lane.counted().newest() >= journal.lastSeq() && !changes.hasWaiting();
    }

    /** Answers the flushes that wait to know whether their events count. */
    public void seen(LocalImage.LogPosition position) {
        if (opener.isOwner(position.cursor())) {
            lane.counted().seen(position.cursor().seq(), position.writesOffset());
        }
    }

    /**
     * Another site has hardened everything up to {@code seq}. That is of ours only if its image is
     * in our epoch: in another epoch the event of that seq may be another owner's.
     */
    public void hardenedElsewhere(LogCursor applied, long seq) {
        if (opener.isOwner(applied)) {
            stableFlush.hardenedElsewhere(seq);
        }
    }

    /** From now on flushes wait for what this mode promises. */
    public void use(Durability durability) {
        stableFlush.use(durability);
    }

    /** Resizes the volume if its spec says so and there is room; returns whether it did. */
    public boolean resize(VolumeSpec wanted) throws IOException {
        boolean isResized = resizes.apply(wanted);
        if (isResized) {
            lane.wake();
        }
        return isResized;
    }

    /** Lets go of what is in both topics and in the image, and lets waiting changes in. */
    public void release(long appliedSeq) {
        try {
            if (!journal.release(lane, appliedSeq)) {
                return;
            }
        } catch (JournalException e) {
            failed(e);
            return;
        }
        changes.retryWaiting();
    }

    /** Logs when writes begin to wait for room in the journal, and when that is over. */
    public void reportIfFull(long appliedSeq) {
        fullReport.update(appliedSeq, time.nowNanos());
    }

    /**
     * The journal takes nothing more: answers everything that waits. What it holds is still read
     * and published, as far as that can be; only a new process may trust the disk again.
     */
    private void failed(JournalException e) {
        if (lane.sourceFailure() != null) {
            stableFlush.fail(e);
        }
        logger.atError()
                .addKeyValue("vvol", vvol)
                .setCause(e)
                .log("journal has failed; writes get I/O errors");
        changes.fail(e);
    }

    /** Why nothing can be written any more, or published; empty while it can. */
    public String problem() {
        JournalException failed = journal.failure();
        if (failed == null) {
            return lane.problem();
        }
        return "its journal has failed, writes get I/O errors: "
                + failed.getMessage()
                + "; restart the node when its disk is well";
    }

    /** What would be lost with this host. */
    public Unpublished unpublished() {
        return journal.unpublished(lane::ackedSeq, time.nowMicros());
    }

    public SessionStatus status() {
        Journal file = opened.journal();
        return new SessionStatus(
                changes.sizeBytes(),
                file.lastSeq(),
                lane.headerAckedSeq(),
                file.firstSeq(),
                unpublished(),
                lane.throttleMillis(),
                file.usedBytes(),
                file.capacityBytes(),
                changes.fullJournal().isWaiting(),
                changes.fullJournal().times(),
                changes.fullJournal().waitedNanos(time.nowNanos()));
    }

    /** Stops writing; the journal stays for the next start. */
    @Override
    public void close() throws IOException {
        changes.shut();
        lane.close();
        stableFlush.close();
        journal.close();
    }

    /** Stops writing, for good: nothing in the journal is needed any more. */
    public void closeAndDelete() throws IOException {
        close();
        JournalFiles.delete(opened.file());
    }
}
