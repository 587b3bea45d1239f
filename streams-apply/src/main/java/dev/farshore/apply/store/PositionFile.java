package dev.farshore.apply.store;

import dev.farshore.apply.file.SealedTextFile;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Keeps a partition's {@link PartitionPosition} on disk. Another thread writes it now and then: an
 * older one is as true as the newest, as it only makes more be read again after a restart.
 *
 * <p>Invariant: one is written at a time, so what is in the file never goes back.
 *
 * <p>Threading: the store's thread.
 */
final class PositionFile {
    private static final Logger LOG = LoggerFactory.getLogger(PositionFile.class);

    private final SealedTextFile file;
    private final int partition;
    private final long intervalNanos;
    private final Executor beside;
    private long startedAtNanos;
    private @Nullable PartitionPosition written;
    private @Nullable CompletableFuture<Void> writing;

    /**
     * @param interval between two that are written beside
     * @param beside runs what may wait for a disk
     * @param nowNanos the first is due an interval later
     */
    PositionFile(Path directory, int partition, Duration interval, Executor beside, long nowNanos) {
        this.file = PartitionPosition.file(directory, partition);
        this.partition = partition;
        this.intervalNanos = interval.toNanos();
        this.beside = beside;
        this.startedAtNanos = nowNanos;
    }

    /** What was written last; null if there is none. */
    @Nullable PartitionPosition read() throws IOException {
        return PartitionPosition.read(file);
    }

    boolean isDue(long nowNanos) {
        return nowNanos - startedAtNanos >= intervalNanos;
    }

    /** Starts writing, unless that is being done, or would change nothing. */
    void writeBeside(PartitionPosition position, long nowNanos) {
        startedAtNanos = nowNanos;
        boolean isWriting = writing != null && !writing.isDone();
        if (!isWriting && position.offset() >= 0 && !position.equals(written)) {
            written = position;
            writing = CompletableFuture.runAsync(() -> write(position), beside);
        }
    }

    /** Waits for what is being written beside. */
    void awaitWriting() {
        if (writing != null) {
            writing.join();
        }
    }

    /** Writes and waits; only while nothing is being written beside. */
    void write(PartitionPosition position) {
        try {
            if (position.offset() >= 0) {
                position.write(file);
            }
        } catch (IOException e) {
            // The older one is as true; more will be read again after a restart.
            LOG.atWarn()
                    .addKeyValue("partition", partition)
                    .setCause(e)
                    .log("Writing {} failed", file);
        }
    }

    /** For good, with what is being written. */
    void delete() throws IOException {
        awaitWriting();
        written = null;
        file.delete();
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
