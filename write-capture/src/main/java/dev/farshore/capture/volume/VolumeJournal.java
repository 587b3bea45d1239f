package dev.farshore.capture.volume;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalException;
import dev.farshore.capture.journal.JournalFiles;
import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.LogCursor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A volume's journal file at this node: begins one, goes on with one that is there, and sets aside
 * one that can't be continued, for whoever wants to see what was in it. Threading: the keeper's
 * thread, where nothing else is said.
 */
final class VolumeJournal {
    private static final Logger log = LoggerFactory.getLogger(VolumeJournal.class);

    private final NodeContext node;
    private final String vvol;
    private final VolumeTraffic traffic;
    private final PublishedChain chains;
    private final Path file;
    private String loss = "";
    private volatile boolean isRead;
    private volatile LossCount losses = LossCount.NONE;

    /**
     * @param traffic of the volume, whichever journal it has
     */
    VolumeJournal(NodeContext node, String vvol, VolumeTraffic traffic) {
        this.node = node;
        this.vvol = vvol;
        this.traffic = traffic;
        this.chains = new PublishedChain(node);
        this.file = node.journalDirectory().resolve(vvol + ".journal");
    }

    boolean exists() {
        return Files.exists(file);
    }

    /**
     * Whether the VM's clock is beyond everything that this file has: there is none, or it has been
     * read, or can't be. Any thread.
     */
    boolean isRead() {
        return isRead || !exists();
    }

    /** Begins an empty one behind {@code cursor}. */
    WriteSession create(VolumeSpec wanted, LogCursor cursor) throws IOException {
        isRead = true; // there is none but the one to come
        // Before there is a journal, as the brokers may not answer.
        ChainPoint chain = chains.after(wanted, cursor.epoch(), cursor.seq());
        Journal journal =
                Journal.create(
                        file,
                        vvol,
                        wanted.getJournalBytes(),
                        JournalPosition.of(cursor),
                        node.hostBoot());
        return session(journal, false, wanted, cursor, cursor.epoch(), chain);
    }

    /** Opens the one that is there; what both topics may lack of it is published again. */
    WriteSession resume(VolumeSpec wanted, LogCursor cursor) throws IOException {
        Journal journal = open(wanted);
        int epoch = journal.last().epoch();
        WriteSession session =
                session(journal, true, wanted, cursor, epoch, publishedChain(journal, wanted));
        log.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", epoch)
                .addKeyValue("firstSeq", session.firstSeq())
                .addKeyValue("lastSeq", session.lastSeq())
                .log("journal found; what both topics may lack of it is sent again");
        return session;
    }

    /** As it was kept, or as the log has it. The journal is closed if that can't be found out. */
    private ChainPoint publishedChain(Journal journal, VolumeSpec wanted) throws IOException {
        ChainPoint kept = journal.keptChain();
        if (kept != null) {
            return kept;
        }
        JournalPosition released = journal.released();
        try {
            return chains.after(wanted, released.epoch(), released.seq());
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private Journal open(VolumeSpec wanted) throws IOException {
        try {
            Journal journal = Journal.open(file, node.hostBoot());
            node.vmClock(wanted.getVm(), vvol).raise(journal.last().vmSeq());
            isRead = true;
            return journal;
        } catch (JournalException e) {
            // What a damaged one has nobody will know; one in use elsewhere can be read later.
            isRead |= e.kind() != JournalException.Kind.LOCKED;
            throw e;
        }
    }

    private WriteSession session(
            Journal journal,
            boolean isResumed,
            VolumeSpec wanted,
            LogCursor cursor,
            int lastEpoch,
            ChainPoint publishedChain) {
        VmClock vmClock = node.vmClock(wanted.getVm(), vvol);
        vmClock.raise(Math.max(cursor.vmSeq(), journal.last().vmSeq()));
        return new WriteSession(
                file,
                journal,
                isResumed,
                vvol,
                node,
                wanted.getSizeBytes(),
                wanted.getPartition(),
                lastEpoch,
                journal.last().totalBytes(),
                vmClock,
                traffic,
                wanted.getDurability(),
                publishedChain);
    }

    /**
     * Whether a journal that can't be opened is to be done without. It may hold writes that were
     * acknowledged and are nowhere else, so it stays in the way until a new epoch, which only an
     * operator gives, says that the volume is to go on without them. Which epoch is newest is known
     * only when the image has caught up.
     */
    boolean isGivenUp(JournalException problem, VolumeSpec wanted, LogCursor cursor) {
        return problem.kind() == JournalException.Kind.CORRUPT
                && wanted.getOwner().equals(node.site())
                && Deletion.isEpochWanted(wanted)
                && node.images().isCaughtUp(wanted.getPartition())
                && wanted.getEpoch() > cursor.epoch();
    }

    /**
     * Gives the file another name. Nobody has it open.
     *
     * @param epoch it was last written in, or the newest in the log where it does not tell
     */
    void setAside(int epoch, String reason) throws IOException {
        Path kept = JournalFiles.setAside(file, "lost-" + epoch);
        loss = " (%s; it is kept as %s)".formatted(reason, kept);
        log.atWarn()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", epoch)
                .addKeyValue("keptAs", kept)
                .log("journal can't be continued and was set aside: {}", reason);
    }

    /** Says that acknowledged events are missing. */
    void tellLoss(JournalLoss lost, int epoch) {
        losses =
                lost.kind() == JournalLoss.Kind.FLUSHED
                        ? losses.plusFlushed(lost.reason())
                        : losses.plusUnflushed(lost.reason());
        log.atError()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", epoch)
                .addKeyValue("afterSeq", lost.afterSeq())
                .addKeyValue("lost", lost.kind())
                .addKeyValue("guestsElsewhere", lost.guestsElsewhere())
                .log("journal has lost acknowledged writes: {}", lost.reason());
    }

    /** What was lost since the node's start. Any thread. */
    LossCount losses() {
        return losses;
    }

    /** For messages, in brackets: why one was set aside, and where it is; empty if none was. */
    String loss() {
        return loss;
    }
}
