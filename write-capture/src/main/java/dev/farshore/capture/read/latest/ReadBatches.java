package dev.farshore.capture.read.latest;

import dev.farshore.nbd.BlockDevice.Completion;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Reads of one client that wait for the same query of the log's end, and are then done one after
 * the other: a read from the image in memory takes microseconds, and waking a thread for each would
 * take longer. A read that needs more than the image, and those behind one that waited for a disk,
 * get threads of their own.
 *
 * <p>Threading: one thread adds reads; they are done on virtual ones.
 */
public final class ReadBatches {
    /** A read that takes longer has waited for a disk. */
    private static final long SLOW_NANOS = 300_000;

    private final LatestReader reader;
    private final WriteLog log;
    private @Nullable Batch open;

    public ReadBatches(LatestReader reader, WriteLog log) {
        this.reader = reader;
        this.log = log;
    }

    /** Fills {@code into}, and then calls {@code done}; never blocks. */
    public void add(long offset, ByteBuffer into, Completion done) {
        // The query is sent after this, so its answer is good for this read.
        CompletableFuture<Long> end = log.endSoon();
        Read read = new Read(offset, into, done);
        Batch batch = open;
        if (batch == null || !batch.end.equals(end)) {
            batch = new Batch(end);
            open = batch;
            Batch added = batch;
            added.add(read);
            CompletableFuture<Long> _ =
                    end.whenComplete((answer, error) -> Thread.ofVirtual().start(added::run));
        } else if (!batch.add(read)) {
            Thread.ofVirtual().start(() -> doAlone(read, endOf(end)));
        }
    }

    private record Read(long offset, ByteBuffer into, Completion done) {}

    private final class Batch {
        final CompletableFuture<Long> end;

        /** Guards itself; null when the batch is being done. */
        private @Nullable List<Read> reads = new ArrayList<>();

        Batch(CompletableFuture<Long> end) {
            this.end = end;
        }

        synchronized boolean add(Read read) {
            return reads != null && reads.add(read);
        }

        private synchronized List<Read> take() {
            List<Read> taken = reads == null ? List.of() : reads;
            reads = null;
            return taken;
        }

        void run() {
            Long logEnd = endOf(end);
            boolean isSlow = false;
            for (Read read : take()) {
                long startNanos = System.nanoTime();
                if (logEnd == null || isSlow || !isDoneAtOnce(read, logEnd)) {
                    Thread.ofVirtual().start(() -> doAlone(read, logEnd));
                }
                isSlow |= System.nanoTime() - startNanos > SLOW_NANOS;
            }
        }
    }

    private static @Nullable Long endOf(CompletableFuture<Long> end) {
        try {
            return end.join();
        } catch (CompletionException e) {
            return null; // each read asks again, and waits longer
        }
    }

    private boolean isDoneAtOnce(Read read, long logEnd) {
        try {
            if (!reader.readAtOnce(read.offset(), read.into(), logEnd)) {
                return false;
            }
        } catch (IOException | RuntimeException e) {
            return false; // it is tried again, and reported if it fails then
        }
        read.done().complete(null);
        return true;
    }

    private void doAlone(Read read, @Nullable Long logEnd) {
        IOException failure = null;
        try {
            if (logEnd == null) {
                reader.read(read.offset(), read.into());
            } else {
                reader.read(read.offset(), read.into(), logEnd);
            }
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            failure = new IOException("a defect: " + e, e);
        }
        read.done().complete(failure);
    }
}
