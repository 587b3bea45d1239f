package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.kafka.PartitionWants.Claim;
import dev.farshore.capture.read.kafka.PartitionWants.Want;
import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.PayloadGoneException;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches records by their offset, of all partitions of a node. A lane has one fetch under way at a
 * time; where that takes long, and more is wanted, there are further lanes. So volumes cost no
 * consumers of their own, and over a long link random reads don't stand in a line.
 *
 * <p>Threading: any thread wants; each lane has a thread.
 */
final class FetchLanes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FetchLanes.class);

    /**
     * At most. Each makes a fetch a round trip: over 80 ms, 200 random reads a second. What they
     * have asked for at a time, some 64 KiB or a batch each, a link of 20 MB/s carries in as long.
     */
    static final int LANES = 16;

    /** Of them so many can fetch much at a time. */
    private static final int LANES_FOR_MANY = 2;

    private static final Duration IDLE = Duration.ofSeconds(30);

    /** With less than that a lane makes hundreds a second, and the processor is what is short. */
    private static final long LONG_FETCH_NANOS = Duration.ofMillis(5).toNanos();

    private final RecordStream.Factory streams;
    private final RecordCache cache;
    private final FetchQueue queue = new FetchQueue(LANES, IDLE);

    /** By their thread; guards itself. */
    private final Map<Thread, FetchLane> lanes = new HashMap<>();

    /** A moving average; it does not matter if one of two at the same moment is not in it. */
    private volatile long takenNanos;

    FetchLanes(RecordStream.Factory streams, RecordCache cache) {
        this.streams = streams;
        this.cache = cache;
    }

    /** From now on somebody reads a partition. */
    void open(int partition) {
        queue.open(partition);
        start(partition, false);
    }

    /** Nobody does any more. */
    void close(int partition) {
        queue.close(partition);
    }

    /** The answers, in the order of the offsets; empty where the log has no such record. */
    List<CompletableFuture<Optional<LogRecord>>> want(int partition, long[] offsets) {
        List<CompletableFuture<Optional<LogRecord>>> answers = queue.want(partition, offsets);
        start(partition, takenNanos > LONG_FETCH_NANOS);
        return answers;
    }

    private void start(int partition, boolean mayBeMore) {
        for (int slot : queue.enlist(mayBeMore)) {
            FetchLane lane = new FetchLane(streams, new Slot(slot, slot < LANES_FOR_MANY));
            Thread thread =
                    Thread.ofPlatform()
                            .daemon()
                            .name("farshore-fetch-" + slot)
                            .unstarted(() -> run(lane, slot, partition));
            synchronized (lanes) {
                lanes.put(thread, lane);
            }
            thread.start();
        }
    }

    private void run(FetchLane lane, int slot, int partition) {
        try {
            lane.run(partition);
        } catch (RuntimeException e) {
            log.atError()
                    .setCause(e)
                    .log("a lane that fetches records ended; the next read starts another");
            queue.leave(slot);
        } finally {
            synchronized (lanes) {
                lanes.remove(Thread.currentThread());
            }
        }
    }

    private final class Slot implements FetchLane.Work {
        private final int slot;
        private final boolean mayFetchMany;

        Slot(int slot, boolean mayFetchMany) {
            this.slot = slot;
            this.mayFetchMany = mayFetchMany;
        }

        @Override
        public @Nullable Claim take() {
            return queue.take(slot, mayFetchMany);
        }

        @Override
        public void waits(Claim claim) {
            start(claim.partition(), true);
        }

        @Override
        public void answered(
                Claim claim, List<ConsumerRecord<byte[], byte[]>> records, long fetchNanos) {
            deliver(claim, records, fetchNanos);
        }

        @Override
        public void givenBack(Claim claim) {
            queue.givenBack(claim);
        }

        @Override
        public void refused(Claim claim, long to, PayloadGoneException why) {
            queue.refused(claim, to, why);
        }
    }

    private void deliver(
            Claim claim, List<ConsumerRecord<byte[], byte[]>> records, long fetchNanos) {
        Map<Long, LogRecord> read = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.key() != null && record.value() != null) {
                LogRecord found =
                        new LogRecord(
                                new String(record.key(), StandardCharsets.UTF_8), record.value());
                cache.put(claim.partition(), record.offset(), found);
                read.put(record.offset(), found);
            }
        }
        takenNanos = (takenNanos * 3 + fetchNanos) / 4;
        long to = records.getLast().offset() + 1;
        for (Want want : queue.answered(claim, to, records.size(), fetchNanos)) {
            // What was not read, from where this lane began to the last it got, does not exist.
            want.answer.complete(Optional.ofNullable(read.get(want.offset)));
        }
        start(claim.partition(), takenNanos > LONG_FETCH_NANOS);
    }

    /** Refuses what is wanted, and waits for the lanes to end. */
    @Override
    public void close() {
        queue.close();
        Map<Thread, FetchLane> all;
        synchronized (lanes) {
            all = Map.copyOf(lanes);
        }
        all.values().forEach(FetchLane::wakeUp);
        try {
            for (Thread thread : all.keySet()) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
