package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.migration.MigrationLog;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * {@code farshore.migrations}: follows it from its beginning into the {@link MigrationHistory}, and
 * appends to it. Only its partition 0 is written, whatever the key, because the order of all events
 * of a VM decides which of them count.
 */
public final class KafkaMigrationLog implements MigrationLog, AutoCloseable {
    private static final int PARTITION = 0;

    private final AcknowledgedProducer<MigrationEvent> producer;
    private final MigrationHistory history;
    private final Duration patience;
    private final CountDownLatch caughtUp = new CountDownLatch(1);
    private final TopicFollower<MigrationEvent> follower;

    /** Guarded by this object's lock: the next offset that is not replayed. */
    private long nextOffset;

    /**
     * @param producer with acks=all; stays the caller's to close
     * @param patience how long an event may take to come back from the log
     */
    public KafkaMigrationLog(
            Producer<String, MigrationEvent> producer,
            Supplier<Consumer<String, MigrationEvent>> consumers,
            MigrationHistory history,
            Duration patience) {
        this.producer = new AcknowledgedProducer<>(producer, patience);
        this.history = history;
        this.patience = patience;
        follower =
                new TopicFollower<>(
                        Topics.MIGRATIONS,
                        ReplayDepth.ALL,
                        consumers,
                        this::replay,
                        caughtUp::countDown);
    }

    public void start() {
        follower.start();
    }

    /**
     * Returns once all earlier events are replayed.
     *
     * @throws TopicException if that takes longer
     */
    public void awaitCaughtUp(Duration atMost) throws InterruptedException {
        if (!caughtUp.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TopicException(
                    "topic %s is not read to its end after %d s"
                            .formatted(Topics.MIGRATIONS, atMost.toSeconds()));
        }
    }

    @Override
    public void append(List<MigrationEvent> events) {
        List<ProducerRecord<String, MigrationEvent>> records =
                events.stream()
                        .map(
                                event ->
                                        new ProducerRecord<>(
                                                Topics.MIGRATIONS,
                                                PARTITION,
                                                event.getMigration(),
                                                event))
                        .toList();
        awaitReplayed(producer.send(records).getLast().offset());
    }

    @Override
    public void close() {
        follower.close();
    }

    private synchronized void replay(ConsumerRecord<String, MigrationEvent> record) {
        if (record.partition() == PARTITION && record.value() != null) {
            history.replay(record.value());
            nextOffset = record.offset() + 1;
            notifyAll();
        }
    }

    private synchronized void awaitReplayed(long offset) {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (nextOffset <= offset) {
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                throw new TopicException(
                        "%s: offset %d was written, but is not read back after %d s"
                                .formatted(Topics.MIGRATIONS, offset, patience.toSeconds()));
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, leftNanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TopicException("interrupted while reading back " + Topics.MIGRATIONS, e);
            }
        }
    }
}
