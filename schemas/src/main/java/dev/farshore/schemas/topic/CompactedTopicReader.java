package dev.farshore.schemas.topic;

import dev.farshore.schemas.codec.SchemaUnavailableException;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The thread behind a {@link CompactedView}: reads the topic to its end, then follows it. Whatever
 * goes wrong, it begins anew with a new consumer, and as a removal may have been missed meanwhile,
 * from the first record.
 */
final class CompactedTopicReader<V> implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(CompactedTopicReader.class);

    /** Also how long a new listener may wait to be let in. */
    private static final Duration POLL = Duration.ofMillis(100);

    private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    private final String topic;
    private final Deserializer<V> values;
    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final ViewContent<V> content;
    private final Succession<V> succession;
    private final Overruled overruled;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong unreadableRecords = new AtomicLong();
    private volatile @Nullable Consumer<byte[], byte[]> current;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    CompactedTopicReader(
            String topic,
            Deserializer<V> values,
            Supplier<Consumer<byte[], byte[]>> consumers,
            ViewContent<V> content,
            Succession<V> succession,
            Overruled overruled) {
        this.topic = topic;
        this.values = values;
        this.consumers = consumers;
        this.content = content;
        this.succession = succession;
        this.overruled = overruled;
    }

    /** Where what was read goes. */
    private interface Values<V> {
        @Nullable V find(String key);

        void change(String key, @Nullable V value);
    }

    void stop() {
        stopped.countDown();
        Consumer<byte[], byte[]> consumer = current;
        if (consumer != null) {
            consumer.wakeup();
        }
    }

    long unreadableRecords() {
        return unreadableRecords.get();
    }

    @Override
    public void run() {
        while (isRunning()) {
            try {
                readWithNewConsumer();
            } catch (WakeupException e) {
                log.atTrace().addKeyValue("topic", topic).log("woken up");
            } catch (RuntimeException e) {
                trouble("reading", e);
            }
        }
    }

    private void readWithNewConsumer() {
        Consumer<byte[], byte[]> consumer = consumers.get();
        current = consumer;
        try {
            // stop() may have looked for the consumer just before it was there to be found.
            if (isRunning()) {
                loadAndFollow(consumer);
            }
        } finally {
            current = null;
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        }
    }

    private void loadAndFollow(Consumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = partitions(consumer);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, METADATA_TIMEOUT);

        Map<String, V> loaded = new HashMap<>();
        while (isRunning() && !hasReached(consumer, ends)) {
            poll(consumer, into(loaded));
        }
        if (!isRunning()) {
            return;
        }
        content.replaceAll(loaded);
        content.advanced(positions(consumer, partitions));
        log.atInfo()
                .addKeyValue("topic", topic)
                .addKeyValue("partitions", partitions.size())
                .addKeyValue("keys", loaded.size())
                .log("topic read to its end");
        pauseMillis = FIRST_PAUSE_MILLIS;

        Values<V> current = into(content);
        while (isRunning()) {
            content.admit();
            if (poll(consumer, current)) {
                content.advanced(positions(consumer, partitions));
            }
        }
    }

    private static <V> Values<V> into(Map<String, V> loaded) {
        return new Values<>() {
            @Override
            public @Nullable V find(String key) {
                return loaded.get(key);
            }

            @Override
            public void change(String key, @Nullable V value) {
                if (value == null) {
                    loaded.remove(key);
                } else {
                    loaded.put(key, value);
                }
            }
        };
    }

    private static <V> Values<V> into(ViewContent<V> content) {
        return new Values<>() {
            @Override
            public @Nullable V find(String key) {
                return content.get(key).orElse(null);
            }

            @Override
            public void change(String key, @Nullable V value) {
                content.change(key, value);
            }
        };
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic, METADATA_TIMEOUT);
        if (infos == null || infos.isEmpty()) {
            throw new UnknownTopicOrPartitionException("there is no topic " + topic + " yet");
        }
        return infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    private static boolean hasReached(
            Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .allMatch(
                        end -> consumer.position(end.getKey(), METADATA_TIMEOUT) >= end.getValue());
    }

    private static Map<Integer, Long> positions(
            Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        Map<Integer, Long> positions = new HashMap<>();
        for (TopicPartition partition : partitions) {
            positions.put(partition.partition(), consumer.position(partition, METADATA_TIMEOUT));
        }
        return positions;
    }

    /** Passes on what has come, at most a moment later; false if nothing has. */
    private boolean poll(Consumer<byte[], byte[]> consumer, Values<V> values) {
        boolean some = false;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            if (!isRunning()) {
                return false;
            }
            some = true;
            pass(record, values);
        }
        return some;
    }

    private void pass(ConsumerRecord<byte[], byte[]> record, Values<V> into) {
        byte[] keyBytes = record.key();
        if (keyBytes == null) {
            unreadable(record, "", "it has no key");
            return;
        }
        String key = new String(keyBytes, StandardCharsets.UTF_8);
        byte[] valueBytes = record.value();
        while (isRunning()) {
            V value;
            try {
                value = valueBytes == null ? null : values.deserialize(topic, valueBytes);
            } catch (SchemaUnavailableException e) {
                // The record may be good, and a node that missed it would act on an old value.
                trouble("offset " + record.offset(), e);
                continue;
            } catch (RuntimeException e) {
                unreadable(record, key, e.toString());
                return;
            }
            judge(record, key, value, into);
            return;
        }
    }

    private void judge(
            ConsumerRecord<byte[], byte[]> record, String key, @Nullable V value, Values<V> into) {
        V current = into.find(key);
        if (value == null || current == null || succession.follows(current, value)) {
            overruled.settled(key);
            into.change(key, value);
        } else {
            overruled.add(record.partition(), record.offset(), key, value.equals(current));
            log.atDebug()
                    .addKeyValue("topic", topic)
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("key", key)
                    .log("record does not count: another came first");
        }
    }

    private void unreadable(ConsumerRecord<byte[], byte[]> record, String key, String reason) {
        unreadableRecords.incrementAndGet();
        log.atError()
                .addKeyValue("topic", topic)
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("key", key)
                .addKeyValue("reason", reason)
                .log("record cannot be read and is skipped; its key keeps the value from before");
    }

    private void trouble(String doing, RuntimeException e) {
        content.troubled(doing + ": " + e);
        if (!isRunning()) {
            return;
        }
        log.atWarn()
                .addKeyValue("topic", topic)
                .addKeyValue("doing", doing)
                .addKeyValue("reason", e.toString())
                .addKeyValue("againInMillis", pauseMillis)
                .log("topic cannot be read at the moment");
        try {
            stopped.await(pauseMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            // Nobody who owns this thread interrupts it; stop() is the way to end it.
            log.atDebug().addKeyValue("topic", topic).log("interrupted, going on");
        }
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
    }

    private boolean isRunning() {
        return stopped.getCount() > 0;
    }
}
