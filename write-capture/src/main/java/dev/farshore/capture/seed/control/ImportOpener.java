package dev.farshore.capture.seed.control;

import dev.farshore.capture.seed.ImportFile;
import dev.farshore.capture.seed.SeedSource;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Opens the disk that a volume imports, which may take long, and closes it again. Threading: the
 * keeper's thread.
 */
final class ImportOpener {
    private static final long RETRY_NANOS = 2_000_000_000L;

    private final SeedContext context;
    private final String vvol;

    private long openAgainNanos;
    private @Nullable CompletableFuture<SeedSource> opening;
    private @Nullable ImportFile file;
    private @Nullable SeedSource source;

    ImportOpener(SeedContext context, String vvol) {
        this.context = context;
        this.vvol = vvol;
        this.openAgainNanos = context.time().nowNanos();
    }

    /** The source once it can be read; null until then. */
    @Nullable SeedSource poll(VolumeSpec wanted, long volumeBytes) throws IOException {
        if (source != null) {
            return source;
        }
        if (opening == null) {
            if (context.time().nowNanos() - openAgainNanos < 0) {
                return null;
            }
            ImportFile importFile =
                    new ImportFile(
                            Path.of(wanted.getImportPath()),
                            wanted.getImportFormat(),
                            context.importFolder().resolve(vvol + ".raw"),
                            context.rules());
            file = importFile;
            opening =
                    CompletableFuture.supplyAsync(
                            () -> open(importFile, volumeBytes), context.openers());
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

    /** The source could not be used; the next attempt waits a little. */
    void retryLater() {
        openAgainNanos = context.time().nowNanos() + RETRY_NANOS;
    }

    /** Stops opening, and closes what is open. */
    void close() {
        ImportFile importFile = file;
        CompletableFuture<SeedSource> begun = opening;
        SeedSource opened = source;
        file = null;
        opening = null;
        source = null;
        if (begun != null && importFile != null) {
            importFile.stop();
            CompletableFuture<Void> unused = begun.thenAccept(SeedSource::close);
        }
        if (opened != null) {
            opened.close();
        }
    }

    /** All of the source is in the log: closes it, and deletes what was made from it. */
    void closeAndDiscard() throws IOException {
        ImportFile importFile = file;
        close();
        if (importFile != null) {
            importFile.discard();
        }
    }
}
