package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.replica.Comparison;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Compares images with the log ({@link Comparison}), those of all partitions in one pass: a node
 * that starts pays a few round trips. It has a thread of its own, as the {@link Repair} may be
 * reading for hours.
 */
public final class LogComparer implements StorePass {
    private static final Logger LOG = LoggerFactory.getLogger(LogComparer.class);
    private static final Duration POLL = Duration.ofMillis(50);

    /** One record of each partition; a broker that does not answer is asked again later. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Deserializer<Decoded<LogEvent>> deserializer;

    private LogComparer(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<Decoded<LogEvent>> deserializer) {
        this.consumers = consumers;
        this.deserializer = deserializer;
    }

    /**
     * Starts a thread that compares.
     *
     * @param consumers makes consumers that are in no group
     * @param retryInterval between two passes that nobody wants
     */
    public static StoreWorker start(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<Decoded<LogEvent>> deserializer,
            Duration retryInterval) {
        return new StoreWorker("compare", retryInterval, new LogComparer(consumers, deserializer));
    }

    @Override
    public boolean isWantedAtOpening() {
        return true;
    }

    @Override
    public Duration run(StoreWorker worker) {
        List<Due> due = due(worker.stores());
        if (!due.isEmpty()) {
            compareOrLog(due, worker);
        }
        return Duration.ZERO;
    }

    /** One image that is to be compared. */
    private record Due(ImageStore store, Replica replica, Comparison.Wanted wanted) {
        TopicPartition partition() {
            return store.changelog();
        }

        ImagePosition position() {
            return wanted.position();
        }

        long offset() {
            return position().writesOffset();
        }

        void isSame() {
            replica.comparison().finish(wanted, new Comparison.Done());
        }

        void isOther(String found) {
            replica.comparison()
                    .finish(
                            wanted,
                            new Comparison.Failed(
                                    position(),
                                    "the image has event %d of epoch %d from offset %d of %s, where %s: Kafka's data is older than the image, or the topic was made anew"
                                            .formatted(
                                                    position().seq(),
                                                    position().cursor().epoch(),
                                                    offset(),
                                                    partition(),
                                                    found)));
            LOG.atWarn()
                    .addKeyValue("vvol", replica.vvol())
                    .addKeyValue("seq", position().seq())
                    .addKeyValue("offset", offset())
                    .log("Image is not of this log: {}", found);
        }
    }

    private static List<Due> due(Set<ImageStore> stores) {
        List<Due> due = new ArrayList<>();
        for (ImageStore store : stores) {
            for (Replica replica : store.replicas()) {
                if (replica.comparison().current() instanceof Comparison.Wanted wanted) {
                    due.add(new Due(store, replica, wanted));
                }
            }
        }
        return due;
    }

    private void compareOrLog(List<Due> due, StoreWorker worker) {
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            compare(due, consumer, worker);
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("images", due.size())
                    .setCause(e)
                    .log("Images can't be compared with the log; it will be tried again");
        }
    }

    private void compare(List<Due> due, Consumer<byte[], byte[]> consumer, StoreWorker worker) {
        Set<TopicPartition> partitions = new HashSet<>();
        Map<ImageStore, Long> seenBefore = new HashMap<>();
        for (Due one : due) {
            partitions.add(one.partition());
            seenBefore.put(one.store(), one.store().seenOffset());
        }
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        seenBefore.forEach(
                (store, offset) -> store.logEndedAt(offset(ends, store.changelog()), offset));
        List<Due> toRead = new ArrayList<>();
        for (Due one : due) {
            long end = offset(ends, one.partition());
            if (one.offset() >= end) {
                one.isOther("the log ends with offset %d".formatted(end - 1));
            } else if (one.offset() < offset(begins, one.partition())) {
                one.isSame(); // as far as can be told
            } else {
                toRead.add(one);
            }
        }
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!toRead.isEmpty() && !worker.isClosed() && System.nanoTime() < deadlineNanos) {
            readRound(toRead, consumer, deadlineNanos, worker);
        }
    }

    private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
        return Objects.requireNonNull(offsets.get(partition));
    }

    /** Reads one record of every partition, and takes those out that it was read for. */
    private void readRound(
            List<Due> toRead,
            Consumer<byte[], byte[]> consumer,
            long deadlineNanos,
            StoreWorker worker) {
        Map<TopicPartition, Due> asked = new HashMap<>();
        toRead.forEach(one -> asked.putIfAbsent(one.partition(), one));
        consumer.assign(asked.keySet());
        consumer.resume(asked.keySet()); // the last round's pauses outlive an assignment
        asked.forEach((partition, one) -> consumer.seek(partition, one.offset()));
        while (!asked.isEmpty() && !worker.isClosed() && System.nanoTime() < deadlineNanos) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                Due one = asked.remove(partition);
                if (one != null) {
                    toRead.remove(one);
                    consumer.pause(List.of(partition));
                    compare(one, record);
                }
            }
        }
    }

    private void compare(Due one, ConsumerRecord<byte[], byte[]> record) {
        String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
        if (record.offset() != one.offset()) {
            // The log has lost its beginning or its end just now: the next look will tell.
            LOG.debug("{} of {} is not there any more", one.offset(), one.partition());
        } else if (!key.equals(one.replica().vvol())) {
            one.isOther("the log has an event of volume " + key);
        } else {
            switch (deserializer.deserialize(record.topic(), record.value())) {
                case Decoded.Value<LogEvent>(LogEvent event) -> {
                    if (one.position().isAfter(event.header())) {
                        one.isSame();
                    } else {
                        one.isOther(
                                "the log has another event %d of epoch %d"
                                        .formatted(event.header().seq(), event.header().epoch()));
                    }
                }
                // It may be the registry that is away: that says nothing of the image.
                case Decoded.Unreadable<LogEvent> unreadable -> one.isSame();
                case null -> one.isOther("the log has an empty record");
            }
        }
    }
}
