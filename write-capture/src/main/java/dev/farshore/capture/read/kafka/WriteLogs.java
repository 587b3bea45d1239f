package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.latest.WriteLog;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The partitions that somebody reads. They share the connections to Kafka, and a cache.
 *
 * <p>Threading: any thread.
 */
public final class WriteLogs implements AutoCloseable {
    private final RecordCache cache;
    private final FetchLanes lanes;
    private final LogEnds ends;

    /** By partition; guarded by itself. */
    private final Map<Integer, Shared> open = new HashMap<>();

    private static final class Shared {
        final KafkaWriteLog log;
        int readers;

        Shared(KafkaWriteLog log) {
            this.log = log;
        }
    }

    /**
     * @param clientProperties for every Kafka client of the node: addresses, security
     * @param cacheBytes bytes of records kept for later reads
     */
    public WriteLogs(Map<String, Object> clientProperties, long cacheBytes) {
        Map<String, Object> properties = Map.copyOf(clientProperties);
        this.cache = new RecordCache(cacheBytes);
        this.lanes =
                new FetchLanes(fetchBytes -> new KafkaRecordStream(properties, fetchBytes), cache);
        this.ends = new LogEnds(properties);
    }

    /** A partition, until the caller closes it. */
    public WriteLog open(int partition) {
        synchronized (open) {
            Shared shared =
                    open.computeIfAbsent(
                            partition,
                            absent -> new Shared(new KafkaWriteLog(partition, cache, lanes, ends)));
            shared.readers++;
            return new Handle(partition, shared.log);
        }
    }

    private void release(int partition) {
        Shared unused = null;
        synchronized (open) {
            Shared shared = open.get(partition);
            if (shared != null && --shared.readers == 0) {
                open.remove(partition);
                unused = shared;
            }
        }
        close(unused);
    }

    private static void close(@Nullable Shared shared) {
        if (shared != null) {
            shared.log.close();
        }
    }

    /** Fails reads under way. */
    @Override
    public void close() {
        Map<Integer, Shared> all;
        synchronized (open) {
            all = Map.copyOf(open);
            open.clear();
        }
        all.values().forEach(WriteLogs::close);
        lanes.close();
        ends.close();
    }

    /** One reader's share. */
    private final class Handle implements WriteLog {
        private final int partition;
        private final KafkaWriteLog log;
        private boolean isClosed;

        Handle(int partition, KafkaWriteLog log) {
            this.partition = partition;
            this.log = log;
        }

        @Override
        public long end(Duration patience) throws IOException {
            return log.end(patience);
        }

        @Override
        public CompletableFuture<Long> endSoon() {
            return log.endSoon();
        }

        @Override
        public Duration roundTrip() {
            return log.roundTrip();
        }

        @Override
        public void fetch(long[] offsets, Duration patience, RecordVisitor visitor)
                throws IOException {
            log.fetch(offsets, patience, visitor);
        }

        @Override
        public synchronized void close() {
            if (!isClosed) {
                isClosed = true;
                release(partition);
            }
        }
    }
}
