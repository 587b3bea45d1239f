package dev.farshore.apply.index.spill;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The heap that the indexes of all volumes of a node may take together, and the place on disk for
 * the rest. Volumes report what they take. The disk is not used before the limit is reached.
 *
 * <p>Threading: any thread. Ownership: whoever made it closes it after the volumes.
 */
public final class IndexMemory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IndexMemory.class);

    /**
     * Spilling goes on until 1/16 of the limit is free, so that it does not begin again at once.
     */
    private static final int FREE_SHARE = 16;

    private static final int DEFAULT_SHARE_OF_HEAP = 4;
    private static final long MAX_STEP_BYTES = 32 << 10;
    private static final int STEPS = 1024;

    private final long limitBytes;
    private final @Nullable Path directory;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong spilledBytes = new AtomicLong();
    private final AtomicLong owners = new AtomicLong();

    /** Spilling starts above this: the limit, or more after spilling could not free enough. */
    private volatile long spillAboveBytes;

    // Guarded by this.
    private @Nullable SpillDatabase database;
    private boolean isClosed;

    private IndexMemory(long limitBytes, @Nullable Path directory) {
        this.limitBytes = limitBytes;
        this.directory = directory;
        this.spillAboveBytes = limitBytes;
    }

    /**
     * @param limitBytes of the heap that indexes may take
     * @param directory for the rest; what is in it is deleted
     */
    public static IndexMemory limited(long limitBytes, Path directory) {
        if (limitBytes <= 0) {
            throw new IllegalArgumentException(
                    "a limit of %d bytes: at least 1".formatted(limitBytes));
        }
        try {
            SpillDatabase.delete(directory);
        } catch (IOException e) {
            // It is tried again before the place is used.
            LOG.atWarn().setCause(e).log("Deleting what is left in {} failed", directory);
        }
        return new IndexMemory(limitBytes, directory);
    }

    /** A quarter of the heap this process may have. */
    public static long defaultLimitBytes() {
        return Runtime.getRuntime().maxMemory() / DEFAULT_SHARE_OF_HEAP;
    }

    public static IndexMemory unlimited() {
        return new IndexMemory(Long.MAX_VALUE, null);
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** Estimated heap of all volumes' indexes. */
    public long usedBytes() {
        return usedBytes.get();
    }

    /** Bytes of their pages on disk. */
    public long spilledBytes() {
        return spilledBytes.get();
    }

    /** Smaller changes need not be reported yet. */
    public long stepBytes() {
        return Math.min(MAX_STEP_BYTES, limitBytes / STEPS);
    }

    /** A volume's index takes {@code bytes} more, or less if negative. */
    public void changed(long bytes) {
        long used = usedBytes.addAndGet(bytes);
        if (bytes < 0 && spillAboveBytes > limitBytes) {
            spillAboveBytes =
                    Math.max(limitBytes, Math.min(spillAboveBytes, used + limitBytes / FREE_SHARE));
        }
    }

    /** Whether volumes should {@link #bytesToFree spill}. */
    public boolean isExceeded() {
        return usedBytes.get() > spillAboveBytes;
    }

    /** How much to free; 0 or less if there is room. */
    public long bytesToFree() {
        return usedBytes.get() - (limitBytes - limitBytes / FREE_SHARE);
    }

    /**
     * Everything that can be spilled was. If that is not enough, the next attempt waits until more
     * is used.
     */
    public void spilled() {
        long used = usedBytes.get();
        spillAboveBytes = used <= limitBytes ? limitBytes : used + limitBytes / FREE_SHARE;
    }

    /** A place for one volume's pages. */
    public VolumePages newPages() {
        return new VolumePages(owners.incrementAndGet());
    }

    private synchronized SpillDatabase database() {
        if (isClosed || directory == null) {
            throw new SpillException("the place for the index on disk is closed");
        }
        if (database == null) {
            database = SpillDatabase.open(directory);
            LOG.atInfo()
                    .addKeyValue("limitBytes", limitBytes)
                    .log("The index is larger than its memory: the rest goes to {}", directory);
        }
        return database;
    }

    /** The pages of one volume; it is closed when the volume's index is given up. */
    public final class VolumePages implements PageStore, AutoCloseable {
        private final long owner;
        private final AtomicLong lastId = new AtomicLong();
        private final AtomicLong bytes = new AtomicLong();

        private VolumePages(long owner) {
            this.owner = owner;
        }

        @Override
        public long add(byte[] page) {
            long id = lastId.incrementAndGet();
            database().put(owner, id, page);
            count(page.length);
            return id;
        }

        @Override
        public byte[] get(long id) {
            return database().get(owner, id);
        }

        @Override
        public void remove(long id, int pageBytes) {
            database().remove(owner, id);
            count(-pageBytes);
        }

        private void count(long change) {
            bytes.addAndGet(change);
            spilledBytes.addAndGet(change);
        }

        /** Forgets all of them at once. */
        @Override
        public void close() {
            long left = bytes.getAndSet(0);
            spilledBytes.addAndGet(-left);
            if (left > 0) {
                try {
                    database().removeAll(owner);
                } catch (SpillException e) {
                    // Of no use to anybody, and gone with the process.
                    LOG.atWarn().setCause(e).log("Pages of an index stay on disk");
                }
            }
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (database != null) {
            database.close();
            database = null;
        }
    }
}
