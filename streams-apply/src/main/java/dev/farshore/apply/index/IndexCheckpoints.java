package dev.farshore.apply.index;

import dev.farshore.apply.file.SealedTextFile;
import dev.farshore.apply.index.spill.IndexMemory;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What the index of a partition leaves on disk for its next start: now and then a {@link
 * SnapshotFile}, and more often an {@link IndexPosition}. An older one is as true as the newest: it
 * only makes more headers be read again.
 *
 * <p>Invariant: one is written at a time.
 *
 * <p>Threading: the store's thread.
 */
final class IndexCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(IndexCheckpoints.class);
    private static final long NO_OFFSET = -1;

    /** So much of the headers is read again after a crash, for little. */
    private static final long POSITION_INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

    private static final long SNAPSHOT_INTERVAL_NANOS = Duration.ofSeconds(30).toNanos();

    /**
     * Writing a snapshot blocks updates, so the next one waits this many times as long as the last
     * one took.
     */
    private static final int SNAPSHOT_PAUSE_FACTOR = 100;

    private final Path directory;
    private final SealedTextFile positionFile;
    private final SnapshotFile snapshotFile;
    private final Executor disk;
    private final LongSupplier nanoClock;

    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private @Nullable IndexPosition writtenPosition;
    private long writtenAtNanos;
    private long snapshotOffset = NO_OFFSET;
    private long snapshotDueNanos;

    /** The index as it is when it is asked to be written. */
    interface Source {
        /** Of the last header that is in it; -1 if none is. */
        long seenOffset();

        IndexedOffsets accounted();

        Collection<DirtyBlocks> volumes();
    }

    /**
     * @param disk runs what waits for the disk
     */
    IndexCheckpoints(Path directory, Executor disk, LongSupplier nanoClock) {
        this.directory = directory;
        this.positionFile = IndexPosition.file(directory);
        this.snapshotFile = new SnapshotFile(directory);
        this.disk = disk;
        this.nanoClock = nanoClock;
        this.snapshotDueNanos = nanoClock.getAsLong() + SNAPSHOT_INTERVAL_NANOS;
    }

    // ---- reading ----

    /** The newest snapshot; null if there is none that can be trusted. */
    SnapshotFile.@Nullable Contents readSnapshot(IndexMemory memory) throws IOException {
        Files.createDirectories(directory);
        SnapshotFile.Contents contents = snapshotFile.read(memory);
        if (contents != null) {
            snapshotOffset = contents.offset();
        }
        return contents;
    }

    /** From where the index is built again without a snapshot; null if from the beginning. */
    @Nullable IndexPosition readPosition() throws IOException {
        return IndexPosition.read(positionFile);
    }

    // ---- writing ----

    /**
     * Writes what is due, unless something is being written.
     *
     * @param isSnapshotCheap false if part of the index is on disk already: a snapshot would take
     *     this thread too long
     */
    void writeIfDue(Source index, boolean isSnapshotCheap) {
        if (!writing.isDone()) {
            return;
        }
        long nowNanos = nanoClock.getAsLong();
        if (nowNanos - snapshotDueNanos >= 0
                && isSnapshotCheap
                && index.seenOffset() != snapshotOffset) {
            takeSnapshot(index, nowNanos);
        } else if (nowNanos - writtenAtNanos >= POSITION_INTERVAL_NANOS) {
            notePosition(index, nowNanos);
        }
    }

    private void notePosition(Source index, long nowNanos) {
        IndexPosition position = position(index);
        writtenAtNanos = nowNanos;
        if (!position.equals(writtenPosition)) {
            writtenPosition = position;
            writing = CompletableFuture.runAsync(() -> write(position), disk);
        }
    }

    /** Nothing changes while this thread writes; it does not wait for stable storage. */
    private void takeSnapshot(Source index, long nowNanos) {
        long offset = index.seenOffset();
        if (writeSnapshot(index)) {
            writing =
                    CompletableFuture.supplyAsync(this::publishSnapshot, disk)
                            .thenAccept(
                                    isPublished ->
                                            snapshotOffset = isPublished ? offset : NO_OFFSET);
        }
        long pauseNanos = SNAPSHOT_PAUSE_FACTOR * (nanoClock.getAsLong() - nowNanos);
        snapshotDueNanos = nowNanos + Math.max(SNAPSHOT_INTERVAL_NANOS, pauseNanos);
    }

    /** Writes all that is known, at a clean close. */
    void writeLast(Source index) {
        writing.join();
        if (index.seenOffset() != NO_OFFSET) {
            write(position(index));
            if (writeSnapshot(index)) {
                publishSnapshot();
            }
        }
    }

    /** Removes both, for good. */
    void delete() throws IOException {
        writing.join();
        snapshotOffset = NO_OFFSET;
        writtenPosition = null;
        positionFile.delete();
        snapshotFile.delete();
    }

    private static IndexPosition position(Source index) {
        long resumeOffset = index.seenOffset() + 1;
        for (DirtyBlocks blocks : index.volumes()) {
            resumeOffset = Math.min(resumeOffset, blocks.resumePoint().headersOffset());
        }
        List<IndexPosition.Entry> entries =
                index.volumes().stream()
                        .map(
                                blocks ->
                                        new IndexPosition.Entry(
                                                blocks.vvol(),
                                                blocks.resumePoint().cursor(),
                                                blocks.gapInLog()))
                        .toList();
        return new IndexPosition(resumeOffset - 1, entries);
    }

    private void write(IndexPosition position) {
        try {
            position.write(positionFile);
        } catch (IOException e) {
            warn(positionFile, e);
        }
    }

    private boolean writeSnapshot(Source index) {
        try {
            return snapshotFile.write(index.seenOffset(), index.accounted(), index.volumes());
        } catch (IOException e) {
            warn(snapshotFile, e);
            return false;
        }
    }

    private boolean publishSnapshot() {
        try {
            snapshotFile.publish();
            return true;
        } catch (IOException e) {
            warn(snapshotFile, e);
            return false;
        }
    }

    /** The older file stays: more will be read again after a restart. */
    private static void warn(Object file, IOException e) {
        LOG.atWarn().setCause(e).log("Writing {} failed", file);
    }

    @Override
    public String toString() {
        return positionFile.toString();
    }
}
