package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.kafka.PartitionRequests.Claim;
import dev.farshore.capture.read.kafka.PartitionRequests.Request;
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
 * time; if fetches are slow and more is requested, lanes are added. So a volume needs no consumer
 * of its own, and over a long link random reads don't queue behind each other.
 *
 * <p>Threading: any thread requests; each lane has a thread.
 */
final class FetchLanes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FetchLanes.class);

    /**
     * Maximum number of lanes. Each makes one fetch per round trip: 200 random reads a second at 80
     * ms. What they request at a time, about 64 KiB or a batch each, a link of 20 MB/s carries in
     * one such round trip.
     */
    static final int LANES = 16;

    /** How many of them make large fetches. */
    private static final int LANES_FOR_MANY = 2;

    private static final Duration IDLE = Duration.ofSeconds(30);

    /**
     * Below this a lane makes hundreds of fetches a second, and the processor is the bottleneck.
     */
    private static final long LONG_FETCH_NANOS = Duration.ofMillis(5).toNanos();

    private final RecordStream.Factory streams;
    private final RecordCache cache;
    private final FetchQueue queue = new FetchQueue(LANES, IDLE);

    /** By their thread; guarded by itself. */
    private final Map<Thread, FetchLane> lanes = new HashMap<>();

    /** A moving average; losing one of two concurrent updates does no harm. */
    private volatile long takenNanos;

    FetchLanes(RecordStream.Factory streams, RecordCache cache) {
        this.streams = streams;
        this.cache = cache;
    }

    /** Somebody begins to read a partition. */
    void open(int partition) {
        queue.open(partition);
        start(partition, false);
    }

    /** Nobody reads it any more. */
    void close(int partition) {
        queue.close(partition);
    }

    /** The answers, in the order of the offsets; empty where the log has no such record. */
    List<CompletableFuture<Optional<LogRecord>>> request(int partition, long[] offsets) {
        List<CompletableFuture<Optional<LogRecord>>> answers = queue.request(partition, offsets);
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
        for (Request request : queue.answered(claim, to, records.size(), fetchNanos)) {
            // The log has no other records between the claim's begin and the last of these.
            request.answer.complete(Optional.ofNullable(read.get(request.offset)));
        }
        start(claim.partition(), takenNanos > LONG_FETCH_NANOS);
    }

    /** Refuses all requests, and waits for the lanes to end. */
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
