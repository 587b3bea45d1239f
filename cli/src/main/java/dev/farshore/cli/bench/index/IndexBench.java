package dev.farshore.cli.bench.index;

import static dev.farshore.cli.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.cli.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.cli.bench.report.BenchResult;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * The index of one large volume with ten million dirty blocks, none beside another in the order
 * they were written, on one thread and without a broker: records come encoded, as a topic has them.
 * Times are processor times of that thread.
 */
final class IndexBench {
    private static final int BLOCKS = 10_000_000;
    private static final int BLOCK_BYTES = 4096;
    private static final long VOLUME_BYTES = (long) BLOCKS * BLOCK_BYTES;

    /** Prime, so that steps of it reach every block once, far from the one before. */
    private static final long STRIDE_BLOCKS = 6_180_341;

    private static final int QUESTIONS = 5_000_000;
    private static final int UPDATES = 2_000_000;
    private static final int BATCH = 1000;
    private static final int SCHEMA_ID = 1;
    private static final String VVOL = "bench";
    private static final double MIB = 1 << 20;

    private final WriteHeaderCodec codec = new WriteHeaderCodec(SCHEMA_ID);
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private final DirtyBlockStore store =
            new DirtyBlockStore(
                    (topic, bytes) -> new Decoded.Value<>(codec.decode(bytes)),
                    index,
                    vvol -> OptionalLong.empty(),
                    Runnable::run,
                    System::nanoTime);
    private long seq;

    /**
     * @param folder for the index's own small files
     */
    List<BenchResult> run(Path folder) {
        store.open(new TopicPartition(Topics.HEADERS, 0), folder);
        try {
            return measure();
        } finally {
            store.close();
        }
    }

    private List<BenchResult> measure() {
        long emptyBytes = usedBytes();
        take(encoded(header(EventKind.EPOCH_OPENED, 0, VOLUME_BYTES)), 0);
        store.onHardened(VVOL, 1);
        double fillSeconds = takeWrites(BLOCKS, () -> {});
        double fullMiB = (usedBytes() - emptyBytes) / MIB;
        DirtyBlocks blocks = index.find(VVOL).orElseThrow();
        long dirtyBlocks = blocks.dirtyBytes() / BLOCK_BYTES;
        double askSeconds = seconds(() -> ask(blocks));
        // As progress comes: every so often, for all that was hardened since.
        double updateSeconds = takeWrites(UPDATES, () -> store.onHardened(VVOL, seq - BLOCKS));
        return List.of(
                BenchResult.of("dirty blocks", (double) dirtyBlocks, "blocks"),
                BenchResult.bounded(
                        "memory of the index with that many", fullMiB, "MiB", AT_MOST, 600),
                BenchResult.bounded(
                        "index built from their encoded headers", fillSeconds, "s", AT_MOST, 10),
                BenchResult.bounded(
                        "updates while it is that large: a header in, the oldest event out",
                        UPDATES / updateSeconds,
                        "1/s",
                        AT_LEAST,
                        1e6),
                BenchResult.bounded(
                        "look-ups of one block", QUESTIONS / askSeconds, "1/s", AT_LEAST, 1e6));
    }

    /** Takes writes in batches whose encoding is not measured; returns seconds. */
    private double takeWrites(int count, Runnable afterBatch) {
        double seconds = 0;
        byte[][] records = new byte[BATCH][];
        for (int done = 0; done < count; done += BATCH) {
            long offset = seq;
            for (int i = 0; i < BATCH; i++) {
                long block = seq * STRIDE_BLOCKS % BLOCKS;
                records[i] = encoded(header(EventKind.WRITE, block * BLOCK_BYTES, BLOCK_BYTES));
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

    private byte[] encoded(EventHeader header) {
        return codec.encode(new IndexedHeader(header, header.seq() - 1));
    }

    private void take(byte[] record, long offset) {
        store.onHeader(VVOL, new Decoded.Value<>(codec.decode(record)), offset);
    }

    private EventHeader header(EventKind kind, long offset, long length) {
        seq++;
        return new EventHeader(
                VVOL,
                1,
                seq,
                seq,
                kind,
                offset,
                length,
                seq * BLOCK_BYTES,
                1_000_000 + seq,
                0,
                kind == EventKind.EPOCH_OPENED ? new EpochOwner("a", "bench").toString() : "");
    }

    private static void ask(DirtyBlocks blocks) {
        SplittableRandom random = new SplittableRandom(1);
        int dirty = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            long offset = random.nextLong(BLOCKS) * BLOCK_BYTES;
            dirty += blocks.isDirty(offset, BLOCK_BYTES) ? 1 : 0;
        }
        if (dirty != QUESTIONS) {
            throw new IllegalStateException(
                    "%d of %d dirty blocks were called clean".formatted(QUESTIONS - dirty, dirty));
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
