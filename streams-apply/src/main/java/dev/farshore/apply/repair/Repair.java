package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.StoreListener;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Does what needs a look at the log beside the one that Streams takes. It brings volumes back whose
 * fault has gone: opens the image at its own position, reads its partition again from there with a
 * consumer of its own, and lets go when it is where the partition is. All volumes of a partition
 * that are behind share one pass.
 *
 * <p>Threading: a thread of its own; {@link #add}, {@link #remove} and {@link #wake} from any.
 */
public final class Repair implements StoreListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Repair.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int MAX_BACKOFF_FACTOR = 12;

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Deserializer<Decoded<LogEvent>> deserializer;
    private final Duration retryInterval;
    private final Set<ImageStore> stores = ConcurrentHashMap.newKeySet();
    private final Semaphore wanted = new Semaphore(0);
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param consumers makes consumers that are in no group
     * @param retryInterval between two attempts; it grows while they fail
     */
    public Repair(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Deserializer<Decoded<LogEvent>> deserializer,
            Duration retryInterval) {
        this.consumers = consumers;
        this.deserializer = deserializer;
        this.retryInterval = retryInterval;
        this.thread = Thread.ofPlatform().name("repair").daemon().start(this::run);
    }

    @Override
    public void add(ImageStore store) {
        stores.add(store);
    }

    @Override
    public void remove(ImageStore store) {
        stores.remove(store);
    }

    @Override
    public void wake() {
        if (wanted.availablePermits() == 0) {
            wanted.release();
        }
    }

    private void run() {
        int backoffFactor = 1;
        try {
            while (!isClosed()) {
                // A standby is woken by its records only, so it is looked at now and then.
                boolean ignored = wanted.tryAcquire(retryInterval.toNanos(), TimeUnit.NANOSECONDS);
                boolean isBehind = false;
                for (ImageStore store : stores) {
                    isBehind |= repair(store);
                }
                backoffFactor = isBehind ? Math.min(2 * backoffFactor, MAX_BACKOFF_FACTOR) : 1;
                // Also after a success: a fault that comes back at once must not make a busy loop.
                closed.await(retryInterval.toNanos() * backoffFactor, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** One pass. Returns whether something is still behind. */
    private boolean repair(ImageStore store) {
        try {
            if (store.isLogEndWanted()) {
                askForLogEnd(store);
            }
            if (store.volumes().stream().anyMatch(Replica::isLogStartWanted)) {
                askForLogStart(store);
            }
            List<Replica> behind = store.volumes().stream().filter(Replica::reopen).toList();
            if (!behind.isEmpty()) {
                catchUp(store, behind);
            }
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("partition", store.changelog().partition())
                    .setCause(e)
                    .log("Bringing volumes back failed; it will be tried again");
        }
        return store.volumes().stream().anyMatch(Replica::isBehind);
    }

    private void askForLogEnd(ImageStore store) {
        TopicPartition partition = store.changelog();
        try (Consumer<byte[], byte[]> consumer = consumers.get()) {
            store.setLogEnd(logEnd(consumer, partition));
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

    private void catchUp(ImageStore store, List<Replica> behind) {
        TopicPartition partition = store.changelog();
        try (CatchUp pass = new CatchUp(behind);
                Consumer<byte[], byte[]> consumer = consumers.get()) {
            pass.askForLogEnd(() -> logEnd(consumer, partition));
            consumer.assign(List.of(partition));
            consumer.seek(partition, Math.max(0, pass.fromOffset()));
            while (!isClosed() && stores.contains(store) && !pass.isDone()) {
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

    /** Waits for the pass under way. It is not interrupted: that would close the images' files. */
    @Override
    public void close() {
        closed.countDown();
        wanted.release();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
