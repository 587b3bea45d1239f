package dev.farshore.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.capture.read.latest.LatestReader;
import dev.farshore.capture.read.latest.ReplicaReader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Readers beside an owner that writes the same few blocks again and again, the index, and the
 * applier, each on a thread of its own: no block of a read may be a mixture, or older than allowed.
 */
@Timeout(120)
class ConcurrentReadsTest {
    private static final String VVOL = "hot";
    private static final int EVENTS = 3000;
    private static final int BLOCK = 4096;
    private static final int BLOCKS = SimulatedOwner.MAX_SECTORS * SimulatedOwner.SECTOR / BLOCK;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final SimulatedLog log = new SimulatedLog();
    private final List<IndexedHeader> headers = new ArrayList<>();
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private final AtomicLong latestReads = new AtomicLong();
    private final AtomicLong replicaReads = new AtomicLong();
    private volatile boolean isWriting = true;

    /** The last reads may need what was written last: the index and the image take that in, too. */
    private volatile boolean isReading = true;

    @Test
    void shouldReadEachBlockOfOneMomentAndNoneTooOld(@TempDir Path folder) throws Exception {
        System.out.println("ConcurrentReadsTest seed " + seed + " (-Dfarshore.seed)");
        SimulatedOwner owner =
                new SimulatedOwner(VVOL, 1, 1, log, headers, new Random(seed), false);
        while (log.cursor(VVOL).seq() == 0) {
            owner.publish();
        }
        SimulatedReplica replica = new SimulatedReplica(folder, VVOL, log);
        while (replica.takeIn()) {}
        DirtyBlockStore store =
                new DirtyBlockStore(
                        (topic, bytes) -> null,
                        index,
                        vvol -> OptionalLong.empty(),
                        Runnable::run,
                        System::nanoTime);
        store.open(new TopicPartition(Topics.HEADERS, 0), folder.resolve("index"));
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> takers =
                    List.of(
                            threads.submit(untilRead(() -> index(store, replica))),
                            threads.submit(untilRead(() -> apply(replica))));
            List<Future<?>> all = new ArrayList<>();
            all.add(threads.submit(() -> write(owner)));
            for (int reader = 0; reader < 2; reader++) {
                Random random = new Random(seed + reader);
                all.add(threads.submit(untilWritten(() -> readLatest(replica, random))));
                all.add(threads.submit(untilWritten(() -> readReplica(replica, random))));
            }
            try {
                for (Future<?> thread : all) {
                    await(thread);
                }
            } finally {
                isReading = false;
            }
            for (Future<?> taker : takers) {
                taker.get();
            }
        }
        store.close();
        replica.image().close();
        assertThat(latestReads.get()).isGreaterThan(10);
        assertThat(replicaReads.get()).isGreaterThan(10);
    }

    private void await(Future<?> thread) throws Exception {
        try {
            thread.get();
        } catch (ExecutionException e) {
            isWriting = false;
            throw e;
        }
    }

    private Callable<Void> untilWritten(Callable<Void> task) {
        return () -> {
            while (isWriting) {
                task.call();
            }
            return null;
        };
    }

    private Callable<Void> untilRead(Callable<Void> task) {
        return () -> {
            while (isReading) {
                task.call();
            }
            return null;
        };
    }

    private void write(SimulatedOwner owner) {
        for (int event = 0; event < EVENTS && isWriting; event++) {
            owner.makeOne();
            owner.publish();
            if (event % 7 == 0) {
                LockSupport.parkNanos(200_000);
            }
            owner.publishHeaders();
        }
        isWriting = false;
    }

    private int headersTaken;

    private Void index(DirtyBlockStore store, SimulatedReplica replica) {
        IndexedHeader header = null;
        synchronized (headers) {
            if (headersTaken < headers.size()) {
                header = headers.get(headersTaken);
            }
        }
        if (header != null) {
            store.onHeader(VVOL, new Decoded.Value<>(header), headersTaken++);
        } else {
            Thread.yield();
        }
        store.onHardened(VVOL, replica.hardenedSeq());
        return null;
    }

    private int applied;

    private Void apply(SimulatedReplica replica) throws IOException {
        if (!replica.takeIn()) {
            Thread.yield();
        }
        applied++;
        if (applied % 100 == 0) {
            replica.image().harden();
        }
        if (applied % 64 == 0) {
            LockSupport.parkNanos(5_000_000);
        }
        return null;
    }

    private Void readLatest(SimulatedReplica replica, Random random) throws IOException {
        LatestReader reader =
                new LatestReader(
                        VVOL,
                        0,
                        () -> Optional.of(replica),
                        new NodeLogIndex(index),
                        log,
                        log.codec,
                        new LatestReader.Waits(Duration.ofMillis(2), PATIENCE));
        long firstSeq = log.cursor(VVOL).seq();
        check(random, reader::read, firstSeq, () -> log.cursor(VVOL).seq());
        latestReads.incrementAndGet();
        return null;
    }

    private Void readReplica(SimulatedReplica replica, Random random) throws IOException {
        ReplicaReader reader = new ReplicaReader(VVOL, () -> Optional.of(replica), PATIENCE);
        long firstSeq = replica.state().cursor().seq();
        check(random, reader::read, firstSeq, () -> replica.state().cursor().seq() + 1);
        replicaReads.incrementAndGet();
        return null;
    }

    private interface Reading {
        void read(long offset, ByteBuffer into) throws IOException;
    }

    private interface Seq {
        long get();
    }

    private void check(Random random, Reading reading, long firstSeq, Seq lastSeq)
            throws IOException {
        int first = random.nextInt(BLOCKS);
        int count = 1 + random.nextInt(BLOCKS - first);
        byte[] bytes = new byte[count * BLOCK];
        reading.read((long) first * BLOCK, ByteBuffer.wrap(bytes));
        long last = Math.min(lastSeq.get(), log.cursor(VVOL).seq());
        for (int block = 0; block < count; block++) {
            byte[] read = Arrays.copyOfRange(bytes, block * BLOCK, (block + 1) * BLOCK);
            long offset = (long) (first + block) * BLOCK;
            assertThat(isState(read, offset, firstSeq, last))
                    .as(
                            "block at %d is as after one of events %d to %d, seed %d",
                            offset, firstSeq, last, seed)
                    .isTrue();
        }
    }

    private boolean isState(byte[] read, long offset, long firstSeq, long lastSeq) {
        for (long seq = firstSeq; seq <= lastSeq; seq++) {
            if (Arrays.equals(read, log.content(VVOL, seq, offset, BLOCK))) {
                return true;
            }
        }
        return false;
    }
}
