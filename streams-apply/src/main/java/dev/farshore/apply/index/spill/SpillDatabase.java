package dev.farshore.apply.index.spill;

import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

/**
 * The pages of a node's indexes on disk: a RocksDB database, empty when it is opened and of no use
 * when it is closed.
 *
 * <p>It has no write-ahead log, and nothing is forced to stable storage: after a crash an index is
 * rebuilt from the headers topic or its snapshot, and left pages are deleted first.
 *
 * <p>Threading: any thread. Ownership: whoever opened it closes it when nobody uses it any more.
 */
final class SpillDatabase implements AutoCloseable {
    // What it takes of memory outside of the heap: these, and little more.
    private static final long WRITE_BUFFER_BYTES = 8 << 20;
    private static final int WRITE_BUFFERS = 2;
    private static final long READ_CACHE_BYTES = 8 << 20;

    private static final int BLOCK_BYTES = 16 << 10;

    private final Path directory;
    private final LRUCache cache;
    private final Options options;
    private final WriteOptions unlogged;
    private final RocksDB database;

    /** Write-locked while the database is closed: a call during that would crash the JVM. */
    private final ReadWriteLock closing = new ReentrantReadWriteLock();

    private boolean isClosed;

    private SpillDatabase(Path directory) throws RocksDBException {
        this.directory = directory;
        cache = new LRUCache(READ_CACHE_BYTES);
        options =
                new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(WRITE_BUFFER_BYTES)
                        .setMaxWriteBufferNumber(WRITE_BUFFERS)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setTableFormatConfig(
                                new BlockBasedTableConfig()
                                        .setBlockCache(cache)
                                        .setBlockSize(BLOCK_BYTES));
        unlogged = new WriteOptions().setDisableWAL(true);
        database = RocksDB.open(options, directory.toString());
    }

    /**
     * @param directory of its own; what is in it is deleted
     * @throws SpillException if it can't be made
     */
    static SpillDatabase open(Path directory) {
        try {
            delete(directory);
            Files.createDirectories(directory);
            RocksDB.loadLibrary();
            return new SpillDatabase(directory);
        } catch (IOException | RocksDBException e) {
            throw new SpillException(
                    "making room for the index on disk in %s: %s; free that place, or raise the index's memory limit"
                            .formatted(directory, e.getMessage()),
                    e);
        }
    }

    /** Deletes what an earlier process left. */
    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static byte[] key(long owner, long id) {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(owner).putLong(id).array();
    }

    private interface Work<T extends @Nullable Object> {
        T run() throws RocksDBException;
    }

    private <T extends @Nullable Object> T run(String what, Work<T> work) {
        closing.readLock().lock();
        try {
            if (isClosed) {
                throw new SpillException("%s %s: it is closed".formatted(what, directory));
            }
            return work.run();
        } catch (RocksDBException e) {
            throw new SpillException(
                    "%s %s: %s; see to that place, then restart the node"
                            .formatted(what, directory, e.getMessage()),
                    e);
        } finally {
            closing.readLock().unlock();
        }
    }

    void put(long owner, long id, byte[] page) {
        this.<@Nullable Void>run(
                "writing a page of the index to",
                () -> {
                    database.put(unlogged, key(owner, id), page);
                    return null;
                });
    }

    byte[] get(long owner, long id) {
        byte @Nullable [] page =
                this.<byte @Nullable []>run(
                        "reading a page of the index from", () -> database.get(key(owner, id)));
        if (page == null) {
            throw new SpillException("page %d of the index is not in %s".formatted(id, directory));
        }
        return page;
    }

    void remove(long owner, long id) {
        this.<@Nullable Void>run(
                "removing a page of the index from",
                () -> {
                    database.delete(unlogged, key(owner, id));
                    return null;
                });
    }

    void removeAll(long owner) {
        this.<@Nullable Void>run(
                "removing an index from",
                () -> {
                    database.deleteRange(unlogged, key(owner, 0), key(owner + 1, 0));
                    return null;
                });
    }

    @Override
    public void close() {
        closing.writeLock().lock();
        try {
            isClosed = true;
            database.close();
            unlogged.close();
            options.close();
            cache.close();
        } finally {
            closing.writeLock().unlock();
        }
    }
}
