package dev.farshore.schemas.topic;

import dev.farshore.schemas.event.VolumeSpec;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The newest value of each key of a compacted topic, kept current by a thread of its own, which
 * reads all partitions and belongs to no consumer group.
 *
 * <p>Any thread may ask. During an outage of the brokers the view stays as it was. A record that
 * cannot be read is logged and leaves its key as it was; a record whose schema the registry does
 * not deliver at the moment is waited for.
 */
public final class CompactedView<V> implements AutoCloseable {

    /** Told of changes, on the view's thread, one after the other: it must not block for long. */
    @FunctionalInterface
    public interface Listener<V> {
        /**
         * A key has a new value or has gone.
         *
         * @param value null if the key was removed
         */
        void changed(String key, @Nullable V value);
    }

    private final ViewContent<V> content;
    private final Overruled overruled = new Overruled();
    private final CompactedTopicReader<V> reader;
    private final Thread thread;

    CompactedView(
            String topic,
            Deserializer<V> values,
            Supplier<Consumer<byte[], byte[]>> consumers,
            Succession<V> succession) {
        content = new ViewContent<>(topic);
        reader =
                new CompactedTopicReader<>(
                        topic, values, consumers, content, succession, overruled);
        thread = Thread.ofPlatform().daemon().name("view-" + topic).start(reader);
    }

    /** A view in which the newest record of a key counts. */
    public static <V> CompactedView<V> open(
            Map<String, ?> kafka, String topic, Deserializer<V> values) {
        return open(kafka, topic, values, Succession.newest());
    }

    /** A view of {@code farshore.volumes}: every reader has to go by the same rule. */
    public static CompactedView<VolumeSpec> ofSpecs(
            Map<String, ?> kafka, Deserializer<VolumeSpec> values) {
        return open(kafka, Topics.VOLUMES, values, Succession.ofSpecs());
    }

    /**
     * Starts to read; returns at once.
     *
     * @param kafka settings of a Kafka client: addresses, security
     * @param values of {@code topic}
     */
    private static <V> CompactedView<V> open(
            Map<String, ?> kafka, String topic, Deserializer<V> values, Succession<V> succession) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.remove(ConsumerConfig.GROUP_ID_CONFIG);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // An offset that is gone means that removals may have been missed: read all anew.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        return new CompactedView<>(
                topic,
                values,
                () ->
                        new KafkaConsumer<>(
                                config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                succession);
    }

    /**
     * Returns once the topic has been read to where it ended when reading began.
     *
     * @throws ViewBehindException if that takes longer; the view goes on trying
     */
    public void awaitInitialLoad(Duration atMost) throws InterruptedException {
        content.awaitLoaded(atMost);
    }

    /**
     * Returns once the view contains a record that the caller has written: the way to read one's
     * own writes.
     *
     * @throws ViewBehindException if that takes longer; the view goes on trying
     */
    public void awaitOffset(int partition, long offset, Duration atMost)
            throws InterruptedException {
        content.awaitOffset(partition, offset, atMost);
    }

    /**
     * Whether a record that was read not long ago does not count, as another came first: how its
     * writer learns, after {@link #awaitOffset}.
     */
    public boolean isOverruled(int partition, long offset) {
        return overruled.contains(partition, offset);
    }

    /**
     * Keys whose newest record does not count and says something else than the one that does: after
     * compaction a reader would find only that, so what counts has to be written once more.
     */
    public Set<String> overshadowed() {
        return overruled.overshadowed();
    }

    /** The newest value; empty if there is none, it was removed, or nothing is loaded yet. */
    public Optional<V> get(String key) {
        return content.get(key);
    }

    /** A copy of all keys and values; empty before the initial load. */
    public Map<String, V> snapshot() {
        return content.snapshot();
    }

    /**
     * From now on {@code listener} is told of every change, after being told once of each key that
     * is there: at the end of the initial load, or soon after if that is past. Old values that were
     * replaced before the end of the load are not told.
     */
    public void listen(Listener<V> listener) {
        content.listen(listener);
    }

    /** Records skipped since the start because their bytes were not a value of this topic. */
    public long unreadableRecords() {
        return reader.unreadableRecords();
    }

    /** Returns when the thread has ended; no listener is called after that. */
    @Override
    public void close() {
        reader.stop();
        if (Thread.currentThread() == thread) {
            return; // a listener closes the view: the thread ends when the listener returns
        }
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
