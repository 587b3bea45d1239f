package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.PayloadGoneException;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches records of one partition by their offset. It goes through the partition upwards, over all
 * that is wanted, and begins anew below: so what several readers want of one region comes with one
 * fetch, and nobody waits for more than one round. A record wanted by several is fetched once.
 *
 * <p>Two streams: one for single records, which fetches little, and one for many, which keeps a
 * long link full.
 *
 * <p>Threading: any thread wants; a thread of its own fetches.
 */
final class OffsetFetcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OffsetFetcher.class);

    private static final int SINGLE_FETCH_BYTES = 64 << 10;
    private static final int BULK_FETCH_BYTES = 4 << 20;

    /** So many wanted of so many next to each other are many. */
    private static final int BULK_RECORDS = 32;

    private static final int BULK_WITHIN_RECORDS = 128;

    private static final long RETRY_MILLIS = 200;

    private final TopicPartition partition;
    private final RecordCache cache;
    private final RecordStream single;
    private final RecordStream bulk;
    private final Thread thread;

    /** By offset; guards itself. An answer is empty where the log has no such record. */
    private final NavigableMap<Long, CompletableFuture<Optional<LogRecord>>> wanted =
            new TreeMap<>();

    private volatile boolean isClosed;
    private long position;

    OffsetFetcher(
            Map<String, Object> clientProperties, TopicPartition partition, RecordCache cache) {
        this.partition = partition;
        this.cache = cache;
        this.single = new RecordStream(clientProperties, partition, SINGLE_FETCH_BYTES);
        this.bulk = new RecordStream(clientProperties, partition, BULK_FETCH_BYTES);
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("farshore-fetch-" + partition.partition())
                        .start(this::run);
    }

    CompletableFuture<Optional<LogRecord>> want(long offset) {
        synchronized (wanted) {
            if (isClosed) {
                return CompletableFuture.failedFuture(new IOException("the node stops"));
            }
            boolean wasIdle = wanted.isEmpty();
            CompletableFuture<Optional<LogRecord>> answer =
                    wanted.computeIfAbsent(offset, at -> new CompletableFuture<>());
            if (wasIdle) {
                wanted.notifyAll();
            }
            return answer;
        }
    }

    private void run() {
        Long next = awaitWanted();
        while (next != null) {
            RecordStream stream = isMuchWanted(next) ? bulk : single;
            try {
                deliver(next, stream.read(next));
            } catch (WakeupException e) {
                // close() is the only one to wake us; the loop ends by its flag
            } catch (OffsetOutOfRangeException e) {
                stream.forgetPosition();
                refuseWhatIsGone(stream, next);
            } catch (InterruptException e) {
                return;
            } catch (RuntimeException e) {
                stream.forgetPosition();
                log.atWarn()
                        .addKeyValue("partition", partition)
                        .addKeyValue("offset", next)
                        .setCause(e)
                        .log("reading records failed; it is tried again");
                pause();
            }
            next = awaitWanted();
        }
    }

    /** The next offset upwards from where the last fetch ended; null to end. */
    private @Nullable Long awaitWanted() {
        synchronized (wanted) {
            while (wanted.isEmpty() && !isClosed) {
                try {
                    wanted.wait();
                } catch (InterruptedException e) {
                    return null; // nobody does
                }
            }
            if (isClosed) {
                return null;
            }
            Long above = wanted.ceilingKey(position);
            return above == null ? wanted.firstKey() : above;
        }
    }

    private boolean isMuchWanted(long from) {
        synchronized (wanted) {
            return wanted.size() >= BULK_RECORDS
                    && wanted.subMap(from, from + BULK_WITHIN_RECORDS).size() >= BULK_RECORDS;
        }
    }

    /**
     * @param from every record from there to the last of {@code records} that the log has is among
     *     them
     */
    private void deliver(long from, List<ConsumerRecord<byte[], byte[]>> records) {
        if (records.isEmpty()) {
            return;
        }
        Map<Long, LogRecord> read = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (record.key() != null && record.value() != null) {
                LogRecord found =
                        new LogRecord(
                                new String(record.key(), StandardCharsets.UTF_8), record.value());
                cache.put(partition.partition(), record.offset(), found);
                read.put(record.offset(), found);
            }
        }
        position = records.getLast().offset() + 1;
        // Also what somebody has come to want meanwhile. What was not read does not exist.
        takeWanted(Math.min(from, records.getFirst().offset()), position)
                .forEach(
                        (offset, answer) -> answer.complete(Optional.ofNullable(read.get(offset))));
    }

    /** Takes out who waits for offsets of a range. */
    private Map<Long, CompletableFuture<Optional<LogRecord>>> takeWanted(long from, long to) {
        synchronized (wanted) {
            NavigableMap<Long, CompletableFuture<Optional<LogRecord>>> range =
                    wanted.subMap(from, true, to, false);
            Map<Long, CompletableFuture<Optional<LogRecord>>> taken = new HashMap<>(range);
            range.clear();
            return taken;
        }
    }

    private void refuseWhatIsGone(RecordStream stream, long offset) {
        try {
            long begin = stream.begin();
            String reason =
                    "offset %d of %s is not in the log any more, which begins at %d: the volume has to be seeded again here"
                            .formatted(offset, partition, begin);
            // If it is not below the beginning it is past the end: the log was cut, or made anew.
            refuse(0, Math.max(begin, offset + 1), new PayloadGoneException(reason));
        } catch (WakeupException e) {
            // close() ends the loop
        } catch (RuntimeException e) {
            log.atWarn()
                    .addKeyValue("partition", partition)
                    .setCause(e)
                    .log("asking where it begins");
            pause();
        }
    }

    private void refuse(long from, long to, IOException error) {
        takeWanted(from, to).values().forEach(answer -> answer.completeExceptionally(error));
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        synchronized (wanted) {
            isClosed = true;
            wanted.notifyAll();
        }
        single.wakeUp();
        bulk.wakeUp();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        refuse(0, Long.MAX_VALUE, new IOException("the node stops"));
        single.close();
        bulk.close();
    }
}
