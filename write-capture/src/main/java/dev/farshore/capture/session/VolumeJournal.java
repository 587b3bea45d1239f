package dev.farshore.capture.session;

import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalFiles;
import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.LogCursor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A volume's journal file at this node: begins one, goes on with one that is there, and sets one
 * aside that can't be continued, for whoever wants to see what was in it. Threading: the keeper's
 * thread, where nothing else is said.
 */
public final class VolumeJournal {
    private static final Logger log = LoggerFactory.getLogger(VolumeJournal.class);

    private final String vvol;
    private final JournalFolder folder;
    private final SessionContext context;
    private final PublishedChain chains;
    private final VmGroups vms;
    private final VolumeTraffic traffic;
    private final Path file;
    private String loss = "";
    private volatile boolean isRead;
    private volatile LossCount losses = LossCount.NONE;

    /**
     * @param traffic of the volume, whichever journal it has
     */
    public VolumeJournal(
            String vvol,
            JournalFolder folder,
            SessionContext context,
            PublishedChain chains,
            VmGroups vms,
            VolumeTraffic traffic) {
        this.vvol = vvol;
        this.folder = folder;
        this.context = context;
        this.chains = chains;
        this.vms = vms;
        this.traffic = traffic;
        this.file = folder.file(vvol);
    }

    public boolean exists() {
        return Files.exists(file);
    }

    /**
     * Whether the VM's clock is beyond everything that this file has: there is none, or it has been
     * read, or can't be. Any thread.
     */
    public boolean isRead() {
        return isRead || !exists();
    }

    /** Begins an empty one behind {@code cursor}. */
    public WriteSession create(VolumeSpec wanted, LogCursor cursor) throws IOException {
        isRead = true; // there is none but the one to come
        // Before there is a journal, as the brokers may not answer.
        ChainPoint chain = chains.after(wanted, cursor.epoch(), cursor.seq());
        Journal journal =
                Journal.create(
                        file,
                        vvol,
                        wanted.getJournalBytes(),
                        JournalPosition.of(cursor),
                        folder.hostBoot());
        return session(new OpenedJournal(file, journal, false, chain), wanted, cursor);
    }

    /** Opens the one that is there; what both topics may lack of it is published again. */
    public WriteSession resume(VolumeSpec wanted, LogCursor cursor) throws IOException {
        Journal journal = open(wanted);
        ChainPoint chain = publishedChain(journal, wanted);
        WriteSession session =
                session(new OpenedJournal(file, journal, true, chain), wanted, cursor);
        log.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", journal.last().epoch())
                .addKeyValue("firstSeq", journal.firstSeq())
                .addKeyValue("lastSeq", journal.lastSeq())
                .log("journal found; what both topics may lack of it is sent again");
        return session;
    }

    /** As the journal kept it, or as the log has it. Closes the journal if neither tells. */
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
            Journal journal = Journal.open(file, folder.hostBoot());
            vms.clock(wanted).raise(journal.last().vmSeq());
            isRead = true;
            return journal;
        } catch (JournalException e) {
            // What a damaged one has nobody will know; one in use elsewhere can be read later.
            isRead |= e.kind() != JournalException.Kind.LOCKED;
            throw e;
        }
    }

    private WriteSession session(OpenedJournal opened, VolumeSpec wanted, LogCursor cursor) {
        VmClock vmClock = vms.clock(wanted);
        vmClock.raise(Math.max(cursor.vmSeq(), opened.journal().last().vmSeq()));
        return new WriteSession(context, opened, wanted, vmClock, traffic);
    }

    /**
     * Gives the file another name. Nobody has it open.
     *
     * @param epoch it was last written in, or the newest in the log where it does not tell
     */
    public void setAside(int epoch, String reason) throws IOException {
        Path kept = JournalFiles.setAside(file, "lost-" + epoch);
        loss = " (%s; it is kept as %s)".formatted(reason, kept);
        log.atWarn()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", epoch)
                .addKeyValue("keptAs", kept)
                .log("journal can't be continued and was set aside: {}", reason);
    }

    /** Reports that acknowledged events are missing. */
    public void reportLoss(JournalLoss lost, int epoch) {
        losses =
                lost.kind() == JournalLoss.Kind.FLUSHED
                        ? losses.plusFlushed(lost.reason())
                        : losses.plusUnflushed(lost.reason());
        log.atError()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", epoch)
                .addKeyValue("afterSeq", lost.afterSeq())
                .addKeyValue("lost", lost.kind())
                .addKeyValue("guestsElsewhere", lost.hasRemoteClients())
                .log("journal has lost acknowledged writes: {}", lost.reason());
    }

    /** What was lost since the node's start. Any thread. */
    public LossCount losses() {
        return losses;
    }

    /** For messages, in brackets: why a journal was set aside, and where it is; else empty. */
    public String lossNote() {
        return loss;
    }
}
