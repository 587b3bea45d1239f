package dev.farshore.capture.read.kafka;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Streams of a log with {@value #RECORDS} records a partition, without those whose offset ends in
 * 7, over a link that takes its time.
 */
final class SlowStreams implements RecordStream.Factory {
    static final long RECORDS = 10_000;

    /** Records that a stream for single ones brings at a time. */
    static final int AT_A_TIME = 4;

    private static final int MANY_AT_A_TIME = 400;
    private static final Duration POLL = Duration.ofMillis(20);

    private final Duration roundTrip;
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger fetching = new AtomicInteger();
    final AtomicInteger mostFetching = new AtomicInteger();
    final ConcurrentLinkedQueue<String> fetches = new ConcurrentLinkedQueue<>();

    /** How many streams for many records can't be opened. */
    final AtomicInteger manyRefused = new AtomicInteger();

    /** Partitions whose broker is away. */
    final Set<Integer> away = ConcurrentHashMap.newKeySet();

    volatile long begin;

    SlowStreams(Duration roundTrip) {
        this.roundTrip = roundTrip;
    }

    static boolean exists(long offset) {
        return offset % 10 != 7 && offset < RECORDS;
    }

    static String value(int partition, long offset) {
        return partition + "@" + offset;
    }

    @Override
    public RecordStream open(int fetchBytes) {
        if (fetchBytes > 64 << 10 && manyRefused.getAndDecrement() > 0) {
            throw new KafkaException("no descriptors left");
        }
        opened.incrementAndGet();
        return new Stream(fetchBytes > 64 << 10 ? MANY_AT_A_TIME : AT_A_TIME);
    }

    private final class Stream implements RecordStream {
        private final int atATime;
        private final Semaphore woken = new Semaphore(0);

        Stream(int atATime) {
            this.atATime = atATime;
        }

        @Override
        public List<ConsumerRecord<byte[], byte[]>> read(int partition, long offset) {
            if (away.contains(partition)) {
                sleep(POLL);
                return List.of();
            }
            fetches.add(value(partition, offset) + (atATime == AT_A_TIME ? "" : " many"));
            mostFetching.accumulateAndGet(fetching.incrementAndGet(), Math::max);
            sleep(roundTrip);
            fetching.decrementAndGet();
            if (offset < begin) {
                throw new OffsetOutOfRangeException(
                        Map.of(new TopicPartition(Topics.WRITES, partition), offset));
            }
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (long at = offset; records.size() < atATime && at < RECORDS; at++) {
                if (exists(at)) {
                    records.add(
                            new ConsumerRecord<>(
                                    Topics.WRITES,
                                    partition,
                                    at,
                                    "v".getBytes(StandardCharsets.UTF_8),
                                    value(partition, at).getBytes(StandardCharsets.UTF_8)));
                }
            }
            return records;
        }

        private void sleep(Duration time) {
            try {
                if (woken.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new WakeupException();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public long begin(int partition, Duration patience) {
            return begin;
        }

        @Override
        public void wakeUp() {
            woken.release();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }
}
