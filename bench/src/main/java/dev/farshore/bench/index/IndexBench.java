package dev.farshore.bench.index;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * The index of one large volume with ten million dirty blocks, written in an order in which none is
 * near the one before, on one thread and without a broker: records come encoded, as a topic has
 * them. Times are processor times of that thread.
 */
public final class IndexBench {
    private static final int QUESTIONS = 5_000_000;
    private static final int UPDATES = 2_000_000;
    private static final int BATCH = 1000;
    private static final double MIB = 1 << 20;

    private final BenchHeaders headers;
    private final String where;
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private final DirtyBlockStore store;

    /**
     * @param where the dirty blocks are, in words
     * @param strideBlocks from one dirty block of the volume to the next
     */
    public IndexBench(String where, int strideBlocks) {
        this.where = where;
        this.headers = new BenchHeaders(strideBlocks);
        store =
                new DirtyBlockStore(
                        (topic, bytes) -> new Decoded.Value<>(headers.decode(bytes)),
                        index,
                        vvol -> OptionalLong.empty(),
                        Runnable::run,
                        System::nanoTime);
    }

    /**
     * @param folder for the index's own small files
     */
    public List<BenchResult> run(Path folder) {
        store.open(new TopicPartition(Topics.HEADERS, 0), folder);
        try {
            return measure();
        } finally {
            store.close();
        }
    }

    private List<BenchResult> measure() {
        long emptyBytes = usedBytes();
        take(headers.opening(), 0);
        store.onHardened(BenchHeaders.VVOL, 1);
        double fillSeconds = takeWrites(BenchHeaders.BLOCKS, () -> {});
        double fullMiB = (usedBytes() - emptyBytes) / MIB;
        DirtyBlocks blocks = index.find(BenchHeaders.VVOL).orElseThrow();
        if (blocks.dirtyBytes() != (long) BenchHeaders.BLOCKS * BenchHeaders.BLOCK_BYTES) {
            throw new IllegalStateException("%d bytes are dirty".formatted(blocks.dirtyBytes()));
        }
        double askSeconds = seconds(() -> ask(blocks));
        // As progress comes: every so often, for all that was hardened since.
        double updateSeconds =
                takeWrites(
                        UPDATES,
                        () ->
                                store.onHardened(
                                        BenchHeaders.VVOL, headers.seq() - BenchHeaders.BLOCKS));
        return List.of(
                BenchResult.bounded(
                        "memory of ten million dirty blocks, " + where,
                        fullMiB,
                        "MiB",
                        AT_MOST,
                        600),
                BenchResult.bounded(
                        "built from their encoded headers, " + where,
                        fillSeconds,
                        "s",
                        AT_MOST,
                        10),
                BenchResult.bounded(
                        "updates then (a header in, the oldest event out), " + where,
                        UPDATES / updateSeconds,
                        "1/s",
                        AT_LEAST,
                        1e6),
                BenchResult.bounded(
                        "look-ups of one block then, " + where,
                        QUESTIONS / askSeconds,
                        "1/s",
                        AT_LEAST,
                        1e6));
    }

    /** Takes writes in batches whose encoding is not measured; returns seconds. */
    private double takeWrites(int count, Runnable afterBatch) {
        double seconds = 0;
        byte[][] records = new byte[BATCH][];
        for (int done = 0; done < count; done += BATCH) {
            long offset = headers.seq();
            for (int i = 0; i < BATCH; i++) {
                records[i] = headers.nextWrite();
            }
            seconds +=
                    seconds(
                            () -> {
                                for (int i = 0; i < BATCH; i++) {
                                    take(records[i], offset + i);
                                }
                                afterBatch.run();
                            });
        }
        return seconds;
    }

    private void take(byte[] record, long offset) {
        store.onHeader(BenchHeaders.VVOL, new Decoded.Value<>(headers.decode(record)), offset);
    }

    private void ask(DirtyBlocks blocks) {
        SplittableRandom random = new SplittableRandom(1);
        int dirty = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            long offset = headers.offsetOf(random.nextLong(BenchHeaders.BLOCKS));
            dirty += blocks.isDirty(offset, BenchHeaders.BLOCK_BYTES) ? 1 : 0;
        }
        if (dirty != QUESTIONS) {
            throw new IllegalStateException(
                    "%d of %d dirty blocks were called clean"
                            .formatted(QUESTIONS - dirty, QUESTIONS));
        }
    }

    /** Processor time of this thread: what one core takes, whatever else the machine does. */
    private static double seconds(Runnable work) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long startNanos = threads.getCurrentThreadCpuTime();
        work.run();
        return (threads.getCurrentThreadCpuTime() - startNanos) / 1e9;
    }

    /** What lives on the heap. */
    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
