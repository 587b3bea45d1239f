package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
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
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Brings back replicas whose fault has gone: opens the image at its own position, reads its
 * partition again from there with a consumer of its own, and lets go when it is where the partition
 * is. All replicas of a partition that are behind share one pass. It also tells stores where the
 * log begins and ends, if they want to know.
 */
public final class Repair implements StorePass {
    private static final Logger LOG = LoggerFactory.getLogger(Repair.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int MAX_BACKOFF_FACTOR = 12;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Deserializer<Decoded<LogEvent>> deserializer;
    private final Duration retryInterval;
    private int backoffFactor = 1;

    private Repair(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<Decoded<LogEvent>> deserializer,
            Duration retryInterval) {
        this.consumers = consumers;
        this.deserializer = deserializer;
        this.retryInterval = retryInterval;
    }

    /**
     * Starts a thread that repairs.
     *
     * @param consumers makes consumers that are in no group
     * @param retryInterval between two attempts; it grows while they fail
     */
    public static StoreWorker start(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<Decoded<LogEvent>> deserializer,
            Duration retryInterval) {
        return new StoreWorker(
                "repair", retryInterval, new Repair(consumers, deserializer, retryInterval));
    }

    @Override
    public boolean isWantedAtOpening() {
        return false;
    }

    @Override
    public Duration run(StoreWorker worker) {
        boolean isBehind = false;
        for (ImageStore store : worker.stores()) {
            isBehind |= repair(store, worker);
        }
        backoffFactor = isBehind ? Math.min(2 * backoffFactor, MAX_BACKOFF_FACTOR) : 1;
        // Also after a success: a fault that comes back at once must not make a busy loop.
        return retryInterval.multipliedBy(backoffFactor);
    }

    /** Returns whether something is still behind. */
    private boolean repair(ImageStore store, StoreWorker worker) {
        try {
            if (store.isLogEndWanted()) {
                askForLogEnd(store);
            }
            if (store.replicas().stream()
                    .anyMatch(replica -> replica.lifecycle().isLogStartWanted())) {
                askForLogStart(store);
            }
            List<Replica> behind =
                    store.replicas().stream()
                            .filter(replica -> replica.recovery().reopen())
                            .toList();
            if (!behind.isEmpty()) {
                catchUp(store, behind, worker);
            }
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("partition", store.changelog().partition())
                    .setCause(e)
                    .log("Bringing volumes back failed; it will be tried again");
        }
        return store.replicas().stream().anyMatch(replica -> replica.recovery().isBehind());
    }

    private void askForLogEnd(ImageStore store) {
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            store.setLogEnd(logEnd(consumer, store.changelog()));
        }
    }

    private static long logEnd(Consumer<byte[], byte[]> consumer, TopicPartition partition) {
        return Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
    }

    private void askForLogStart(ImageStore store) {
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            tellLogStart(store, consumer);
        }
    }

    private static void tellLogStart(ImageStore store, Consumer<byte[], byte[]> consumer) {
        TopicPartition partition = store.changelog();
        long offset =
                Objects.requireNonNull(
                        consumer.beginningOffsets(List.of(partition)).get(partition));
        store.logBeginsAt(offset);
    }

    private void catchUp(ImageStore store, List<Replica> behind, StoreWorker worker) {
        TopicPartition partition = store.changelog();
        try (CatchUp pass = new CatchUp(behind);
                Consumer<byte[], byte[]> consumer = consumers.get()) {
            pass.askForLogEnd(() -> logEnd(consumer, partition));
            consumer.assign(List.of(partition));
            consumer.seek(partition, Math.max(0, pass.fromOffset()));
            while (!worker.isClosed() && worker.stores().contains(store) && !pass.isDone()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    take(pass, record);
                }
                pass.readUpTo(consumer.position(partition) - 1);
            }
            tellLogStart(store, consumer);
        }
    }

    private void take(CatchUp pass, ConsumerRecord<byte[], byte[]> record) {
        if (record.key() != null && record.value() != null) {
            pass.take(
                    new String(record.key(), StandardCharsets.UTF_8),
                    record.offset(),
                    () -> deserializer.deserialize(record.topic(), record.value()));
        }
    }
}
