package dev.farshore.capture.seed.control;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.seed.ImportReads;
import dev.farshore.capture.seed.SeedRefusedException;
import dev.farshore.capture.seed.SeedRun;
import dev.farshore.capture.seed.SeedSource;
import dev.farshore.capture.seed.TouchedRanges;
import dev.farshore.capture.seed.VolumeSource;
import dev.farshore.capture.session.SeedAppender;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;
import dev.farshore.schemas.log.SeedNote;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes the seeds of one volume while it is written here: an import that was asked for, and a
 * reseed that was asked for or that a site needs. One at a time.
 *
 * <p>An import begins before the guest's first write, where that is still to come, so that the
 * guest never sees the volume without the old disk. An import that was under way when the node
 * stopped goes on before the guest's next write: nothing else knows what the guest must see. A
 * reseed that was interrupted is not continued but begun anew, if a site still needs it.
 *
 * <p>Threading: the keeper's thread; {@link #status} any.
 */
public final class SeedKeeper {
    private static final Logger log = LoggerFactory.getLogger(SeedKeeper.class);

    private final SeedContext context;
    private final String vvol;
    private final Supplier<VolumeSpec> spec;
    private final ImportOpener opener;
    private long refusedId;

    /** When the image has applied this event, it knows of every seed not made by {@link #run}. */
    private long knownFromSeq;

    private @Nullable ImportReads importReads;
    private @Nullable VolumeSource reseedSource;
    private volatile @Nullable SeedRun run;
    private volatile String problem = "";

    public SeedKeeper(SeedContext context, String vvol, Supplier<VolumeSpec> spec) {
        this.context = context;
        this.vvol = vvol;
        this.spec = spec;
        this.opener = new ImportOpener(context, vvol);
    }

    public SeedStatus status() {
        SeedRun under = run;
        if (under == null) {
            return problem.isEmpty() ? SeedStatus.NONE : new SeedStatus(0, 0, problem);
        }
        return new SeedStatus(under.doneBytes(), under.totalBytes(), under.problem());
    }

    /**
     * Whether guests may be let in; asked before they are, until it says so. An import that is
     * wanted has begun then, or goes on.
     */
    public boolean mayOpen(WriteSession session, LocalImage image) {
        if (run != null) {
            return true; // in a new epoch, by the same journal
        }
        SeedMark newest = session.journal().newestSeed(image);
        knownFromSeq = session.journal().lastSeq();
        if (isImportWanted(newest)) {
            return beginImport(session, newest);
        }
        if (newest.isIncomplete()) {
            problem = "the volume's import was not finished, and is not wanted any more";
            return false;
        }
        return true;
    }

    /** Does what is due; called now and then while guests write. */
    public void step(WriteSession session, LocalImage image) {
        SeedMark newest = image.seed();
        SeedRun under = run;
        if (under != null) {
            if (under.isFinished() && newest.id() == under.id() && newest.isFinished()) {
                end();
            }
        } else if (image.applied().seq() < knownFromSeq) {
            // The journal may have a seed that the image does not know of yet.
            return;
        } else if (isImportWanted(newest)) {
            beginImport(session, newest);
        } else if (!newest.isIncomplete()) {
            whyReseed(newest).ifPresent(why -> beginReseed(session, image, newest, why));
        }
    }

    private boolean isImportWanted(SeedMark newest) {
        VolumeSpec wanted = spec.get();
        boolean isDone =
                newest.id() > wanted.getSeedId()
                        || (newest.id() == wanted.getSeedId() && newest.isFinished());
        if (wanted.getImportPath().isEmpty() || isDone) {
            problem = "";
            return false;
        }
        return wanted.getSeedId() != refusedId;
    }

    private Optional<String> whyReseed(SeedMark newest) {
        VolumeSpec wanted = spec.get();
        if (wanted.getImportPath().isEmpty() && wanted.getSeedId() > newest.id()) {
            return Optional.of("asked for");
        }
        return wanted.getAutoReseed()
                ? context.images().siteInNeedOfSeed(vvol, newest)
                : Optional.empty();
    }

    /** Returns whether guests may go on: it has begun, or never can. */
    private boolean beginImport(WriteSession session, SeedMark newest) {
        VolumeSpec wanted = spec.get();
        try {
            SeedSource source = opener.poll(wanted, session.changes().sizeBytes());
            if (source == null) {
                return false;
            }
            SeedNote note = note(session, SeedNote.Purpose.IMPORT, wanted.getSeedId());
            TouchedRanges touched = new TouchedRanges(source.sizeBytes());
            SeedAppender target = appender(session);
            long startedSeq;
            if (newest.id() == wanted.getSeedId()) {
                touchAllSince(newest, session, wanted, touched);
                target.goOn(touched);
                startedSeq = newest.startedSeq();
            } else {
                startedSeq = target.start(note.toString(), true, touched);
                if (startedSeq < 0) {
                    return false;
                }
            }
            ImportReads reads = new ImportReads(source, touched);
            importReads = reads;
            session.reads().readThrough(reads);
            begin(new SeedRun(vvol, note, startedSeq, source, target, touched, this::limit));
            return true;
        } catch (SeedRefusedException e) {
            refusedId = wanted.getSeedId();
            failed(e);
            opener.close();
            return true;
        } catch (IOException e) {
            opener.retryLater();
            failed(e);
            return false;
        }
    }

    /**
     * Touches everything since {@code SEED_STARTED}: what the log has, and what only the journal
     * has. Guests are not let in meanwhile, so nothing is added.
     */
    private void touchAllSince(
            SeedMark started, WriteSession session, VolumeSpec wanted, TouchedRanges touched)
            throws IOException {
        long reachedSeq = started.startedSeq();
        if (started.startedOffset() >= 0) {
            LogCursor reached =
                    context.logScan()
                            .scan(
                                    vvol,
                                    wanted.getPartition(),
                                    started.startedOffset(),
                                    touched::onEvent);
            reachedSeq = reached.seq();
        }
        long firstSeq = session.journal().firstSeq();
        if (reachedSeq < firstSeq - 1) {
            throw new IOException(
                    "import can't go on: of the events since it began those from %d to %d are neither in the log nor in the journal"
                            .formatted(reachedSeq + 1, firstSeq - 1));
        }
        session.journal().forEachAfter(reachedSeq, touched::onEvent);
    }

    private void beginReseed(WriteSession session, LocalImage image, SeedMark newest, String why) {
        try {
            long id =
                    Math.max(
                            Math.max(context.time().nowMicros(), newest.id() + 1),
                            spec.get().getImportPath().isEmpty() ? spec.get().getSeedId() : 0);
            SeedNote note = note(session, SeedNote.Purpose.RESEED, id);
            SeedAppender target = appender(session);
            long sizeBytes = session.changes().sizeBytes();
            VolumeSource source = VolumeSource.of(target, sizeBytes, image.file().orElse(null));
            reseedSource = source;
            TouchedRanges touched = new TouchedRanges(sizeBytes);
            long startedSeq = target.start(note.toString(), false, touched);
            if (startedSeq < 0) {
                closeReseedSource();
                return;
            }
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seed", note)
                    .log("volume is seeded anew: {}", why);
            begin(new SeedRun(vvol, note, startedSeq, source, target, touched, this::limit));
        } catch (IOException e) {
            failed(e);
            closeReseedSource();
        }
    }

    private void begin(SeedRun begun) {
        problem = "";
        run = begun;
        begun.start();
    }

    private static SeedNote note(WriteSession session, SeedNote.Purpose purpose, long id) {
        return new SeedNote(session.opener().note(), purpose, id);
    }

    private SeedAppender appender(WriteSession session) {
        return session.seedAppender(() -> context.images().find(vvol));
    }

    private long limit() {
        return Math.max(0, spec.get().getSeedBytesPerSecond());
    }

    private void failed(IOException e) {
        String reason = String.valueOf(e.getMessage());
        if (!reason.equals(problem)) {
            problem = reason;
            log.atWarn().addKeyValue("vvol", vvol).setCause(e).log("seed can't begin");
        }
    }

    /** The image has all of the seed. */
    private void end() {
        ImportReads reads = importReads;
        if (reads != null) {
            reads.end();
        }
        stopRun();
        try {
            opener.closeAndDiscard();
        } catch (IOException e) {
            log.atWarn().addKeyValue("vvol", vvol).setCause(e).log("import leaves a file");
        }
    }

    /** Stops what is under way: the volume is not written here any more. */
    public void stop() {
        stopRun();
        opener.close();
    }

    /** Nobody reads a source any more when this returns. */
    private void stopRun() {
        SeedRun under = run;
        run = null;
        if (under != null) {
            under.close();
        }
        ImportReads reads = importReads;
        importReads = null;
        if (reads != null) {
            reads.close();
        }
        closeReseedSource();
    }

    private void closeReseedSource() {
        VolumeSource source = reseedSource;
        reseedSource = null;
        if (source != null) {
            source.close();
        }
    }
}
