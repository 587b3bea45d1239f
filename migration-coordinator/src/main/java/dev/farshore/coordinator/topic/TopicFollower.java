package dev.farshore.coordinator.topic;

import dev.farshore.schemas.codec.SchemaUnavailableException;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A thread that reads all partitions of a topic, each in order, and hands on every record exactly
 * once. Whatever goes wrong, it goes on where it stopped, with a new consumer.
 *
 * <p>A record whose bytes are no value of the topic is skipped, by every reader alike, and logged.
 * A record whose schema the registry does not deliver at the moment is waited for.
 */
public final class TopicFollower<V> implements AutoCloseable {

    /** Called on the follower's thread. */
    @FunctionalInterface
    public interface Handler<V> {
        void accept(ConsumerRecord<String, V> record);
    }

    private static final Logger log = LoggerFactory.getLogger(TopicFollower.class);
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(500);
    private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final String topic;
    private final ReplayDepth lookBack;
    private final Supplier<Consumer<String, V>> consumers;
    private final Handler<V> handler;
    private final Runnable onCaughtUp;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Of each partition the next offset to read, and how far it went at the start. */
    private final Map<TopicPartition, Long> nextOffsets = new HashMap<>();

    private final Map<TopicPartition, Long> firstEnds = new HashMap<>();
    private boolean isCaughtUp;
    private volatile @Nullable Consumer<String, V> current;

    /**
     * @param lookBack asked once, when the topic can be read
     * @param consumers without a group; each is closed by this object
     * @param onCaughtUp called once, when the topic is read to where it ended at the start
     */
    public TopicFollower(
            String topic,
            ReplayDepth lookBack,
            Supplier<Consumer<String, V>> consumers,
            Handler<V> handler,
            Runnable onCaughtUp) {
        this.topic = topic;
        this.lookBack = lookBack;
        this.consumers = consumers;
        this.handler = handler;
        this.onCaughtUp = onCaughtUp;
        thread = Thread.ofPlatform().daemon().name("follow-" + topic).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
        Consumer<String, V> consumer = current;
        if (consumer != null) {
            consumer.wakeup();
        }
        try {
            boolean _ = thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (isRunning()) {
            try (Consumer<String, V> consumer = consumers.get()) {
                current = consumer;
                seek(consumer);
                while (isRunning()) {
                    poll(consumer);
                }
            } catch (WakeupException e) {
                log.atTrace().addKeyValue("topic", topic).log("woken up to close");
            } catch (RuntimeException e) {
                pauseAfter(e);
            } finally {
                current = null;
            }
        }
    }

    private void seek(Consumer<String, V> consumer) {
        List<PartitionInfo> infos = consumer.partitionsFor(topic, METADATA_TIMEOUT);
        if (infos == null || infos.isEmpty()) {
            throw new UnknownTopicOrPartitionException("there is no topic " + topic);
        }
        List<TopicPartition> partitions =
                infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
        consumer.assign(partitions);
        if (firstEnds.isEmpty()) {
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            ends.forEach(
                    (partition, end) ->
                            nextOffsets.put(
                                    partition,
                                    Math.max(
                                            beginnings.getOrDefault(partition, 0L),
                                            end - lookBack.records(partition.partition()))));
            firstEnds.putAll(ends);
        }
        nextOffsets.forEach(consumer::seek);
        noteCaughtUp(consumer);
    }

    private void poll(Consumer<String, V> consumer) {
        try {
            for (ConsumerRecord<String, V> record : consumer.poll(POLL_TIMEOUT)) {
                nextOffsets.put(new TopicPartition(topic, record.partition()), record.offset() + 1);
                handler.accept(record);
            }
        } catch (RecordDeserializationException e) {
            if (e.getCause() instanceof SchemaUnavailableException) {
                throw e;
            }
            log.atError()
                    .addKeyValue("topic", topic)
                    .addKeyValue("partition", e.topicPartition().partition())
                    .addKeyValue("offset", e.offset())
                    .setCause(e)
                    .log("record cannot be read and is skipped");
            nextOffsets.put(e.topicPartition(), e.offset() + 1);
            consumer.seek(e.topicPartition(), e.offset() + 1);
        }
        noteCaughtUp(consumer);
    }

    private void noteCaughtUp(Consumer<String, V> consumer) {
        if (!isCaughtUp
                && firstEnds.entrySet().stream()
                        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
            isCaughtUp = true;
            onCaughtUp.run();
        }
    }

    private void pauseAfter(RuntimeException e) {
        if (!isRunning()) {
            return;
        }
        log.atWarn()
                .addKeyValue("topic", topic)
                .addKeyValue("reason", e.toString())
                .log("topic cannot be read at the moment; trying again");
        try {
            boolean _ = closed.await(PAUSE_AFTER_ERROR.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            // Nobody who owns this thread interrupts it; close() is the way to end it.
            log.atDebug().addKeyValue("topic", topic).log("interrupted, going on");
        }
    }

    private boolean isRunning() {
        return closed.getCount() > 0;
    }
}
