package dev.farshore.capture.volume;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.seed.ImportFile;
import dev.farshore.capture.seed.ImportReads;
import dev.farshore.capture.seed.SeedRefusedException;
import dev.farshore.capture.seed.SeedRun;
import dev.farshore.capture.seed.SeedSource;
import dev.farshore.capture.seed.TouchedRanges;
import dev.farshore.capture.seed.VolumeSource;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;
import dev.farshore.schemas.log.SeedNote;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Makes the seeds of one volume, as long as it is written here: an import that was asked for, and a
 * reseed that was asked for or that a site needs. One at a time.
 *
 * <p>An import begins before the guest's first write, where that is still to come, so that the
 * guest never sees the volume without the old disk; and one that was under way when the node
 * stopped goes on before it, since nothing else knows what the guest must see. A reseed that was
 * interrupted is not continued but begun anew, when a site still needs it.
 *
 * <p>Threading: the keeper's thread; {@link #status} any.
 */
final class SeedKeeper {
    private static final Logger log = LoggerFactory.getLogger(SeedKeeper.class);
    private static final long RETRY_NANOS = 2_000_000_000L;

    /**
     * How a seed is getting on.
     *
     * @param problem why one that was asked for does not; empty if it does, or none was
     */
    record Status(long doneBytes, long totalBytes, String problem) {
        static final Status NONE = new Status(0, 0, "");
    }

    private final NodeContext node;
    private final String vvol;
    private final Supplier<VolumeSpec> spec;

    private @Nullable CompletableFuture<SeedSource> opening;
    private long openAgainNs = System.nanoTime();
    private long refusedId;

    /** When the image has applied so much, it knows of every seed not made by {@link #run}. */
    private long knownFromSeq;

    private @Nullable ImportFile importFile;
    private @Nullable ImportReads importReads;
    private @Nullable SeedSource source;
    private volatile @Nullable SeedRun run;
    private volatile String problem = "";

    SeedKeeper(NodeContext node, String vvol, Supplier<VolumeSpec> spec) {
        this.node = node;
        this.vvol = vvol;
        this.spec = spec;
    }

    Status status() {
        SeedRun under = run;
        if (under == null) {
            return problem.isEmpty() ? Status.NONE : new Status(0, 0, problem);
        }
        return new Status(under.doneBytes(), under.totalBytes(), under.problem());
    }

    /**
     * Whether guests may be let in; called before they are, until it says so. An import that is
     * wanted has begun then, or goes on.
     */
    boolean mayOpen(WriteSession session, LocalImage image) {
        if (run != null) {
            return true; // in a new epoch, by the same journal
        }
        SeedMark newest = session.newestSeed(image);
        knownFromSeq = session.lastSeq();
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
    void step(WriteSession session, LocalImage image) {
        SeedMark newest = image.seed();
        SeedRun under = run;
        if (under != null) {
            if (under.isFinished() && newest.id() == under.id() && newest.isFinished()) {
                end();
            }
        } else if (image.applied().seq() < knownFromSeq) {
            // A seed may be in the journal that the image does not know of yet.
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
                ? node.images().siteInNeedOfSeed(vvol, newest)
                : Optional.empty();
    }

    /** Returns whether guests may go on: it has begun, or can't. */
    private boolean beginImport(WriteSession session, SeedMark newest) {
        VolumeSpec wanted = spec.get();
        try {
            SeedSource opened = opened(wanted, session.log().sizeBytes());
            if (opened == null) {
                return false;
            }
            SeedNote note =
                    new SeedNote(session.owner(), SeedNote.Purpose.IMPORT, wanted.getSeedId());
            TouchedRanges touched = new TouchedRanges(opened.sizeBytes());
            SeedLog target = seedLog(session);
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
            ImportReads reads = new ImportReads(opened, touched);
            importReads = reads;
            session.readThrough(reads);
            begin(new SeedRun(vvol, note, startedSeq, opened, target, touched, this::limit));
            return true;
        } catch (SeedRefusedException e) {
            refusedId = wanted.getSeedId();
            failed(e);
            closeSource();
            return true;
        } catch (IOException e) {
            openAgainNs = System.nanoTime() + RETRY_NANOS;
            failed(e);
            return false;
        }
    }

    /** The import's source once it can be read; null until then. */
    private @Nullable SeedSource opened(VolumeSpec wanted, long volumeBytes) throws IOException {
        if (source != null) {
            return source;
        }
        if (opening == null) {
            if (System.nanoTime() - openAgainNs < 0) {
                return null;
            }
            ImportFile file =
                    new ImportFile(
                            Path.of(wanted.getImportPath()),
                            wanted.getImportFormat(),
                            node.journalDirectory()
                                    .resolveSibling("imports")
                                    .resolve(vvol + ".raw"),
                            node.imports());
            importFile = file;
            opening = CompletableFuture.supplyAsync(() -> open(file, volumeBytes), node.forcers());
        }
        if (!opening.isDone()) {
            return null;
        }
        CompletableFuture<SeedSource> ended = opening;
        opening = null;
        try {
            source = ended.join();
            return source;
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException failure) {
                throw failure.getCause();
            }
            throw e;
        }
    }

    private static SeedSource open(ImportFile file, long volumeBytes) {
        try {
            return file.open(volumeBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Everything since {@code SEED_STARTED}: by the log, and behind what it has of them by the
     * journal. Guests are not let in meanwhile, so nothing is added.
     */
    private void touchAllSince(
            SeedMark started, WriteSession session, VolumeSpec wanted, TouchedRanges touched)
            throws IOException {
        long reachedSeq = started.startedSeq();
        if (started.startedOffset() >= 0) {
            LogCursor reached =
                    node.logScan()
                            .scan(
                                    vvol,
                                    wanted.getPartition(),
                                    started.startedOffset(),
                                    touched::onEvent);
            reachedSeq = reached.seq();
        }
        if (reachedSeq < session.firstSeq() - 1) {
            throw new IOException(
                    "import can't go on: of the events since it began those from %d to %d are neither in the log nor in the journal"
                            .formatted(reachedSeq + 1, session.firstSeq() - 1));
        }
        session.forEachAfter(reachedSeq, touched::onEvent);
    }

    private void beginReseed(WriteSession session, LocalImage image, SeedMark newest, String why) {
        try {
            long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, node.clock().instant());
            long id =
                    Math.max(
                            Math.max(nowMicros, newest.id() + 1),
                            spec.get().getImportPath().isEmpty() ? spec.get().getSeedId() : 0);
            SeedNote note = new SeedNote(session.owner(), SeedNote.Purpose.RESEED, id);
            SeedLog target = seedLog(session);
            long sizeBytes = session.log().sizeBytes();
            VolumeSource volume = VolumeSource.of(target, sizeBytes, image.file().orElse(null));
            source = volume;
            TouchedRanges touched = new TouchedRanges(sizeBytes);
            long startedSeq = target.start(note.toString(), false, touched);
            if (startedSeq < 0) {
                closeSource();
                return;
            }
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seed", note)
                    .log("volume is seeded anew: {}", why);
            begin(new SeedRun(vvol, note, startedSeq, volume, target, touched, this::limit));
        } catch (IOException e) {
            failed(e);
            closeSource();
        }
    }

    private void begin(SeedRun begun) {
        problem = "";
        run = begun;
        begun.start();
    }

    private SeedLog seedLog(WriteSession session) {
        return session.seedLog(() -> node.images().find(vvol));
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

    private void end() {
        ImportReads reads = importReads;
        if (reads != null) {
            reads.end();
        }
        ImportFile file = importFile;
        stop();
        if (file != null) {
            try {
                file.discard();
            } catch (IOException e) {
                log.atWarn().addKeyValue("vvol", vvol).setCause(e).log("import leaves a file");
            }
        }
    }

    /** Stops what is under way: the volume is written here no more. */
    void stop() {
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
        ImportFile file = importFile;
        CompletableFuture<SeedSource> begun = opening;
        opening = null;
        if (begun != null && file != null) {
            file.stop();
            CompletableFuture<Void> unused = begun.thenAccept(SeedSource::close);
        }
        closeSource();
    }

    private void closeSource() {
        SeedSource open = source;
        source = null;
        importFile = null;
        if (open != null) {
            open.close();
        }
    }
}
