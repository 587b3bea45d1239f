package dev.farshore.apply.site;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Makes the clients of Kafka Streams, as it would itself, and can have the partitions of the site
 * assigned anew: Streams has no call for that, only the consumer that it does not show.
 *
 * <p>Threading: {@link #rebalance} from any thread; one of the stream threads acts on it at its
 * next poll.
 */
final class RebalanceWish implements KafkaClientSupplier {
    private static final String NONE = "";

    private final AtomicReference<String> reason = new AtomicReference<>(NONE);

    /**
     * @param why for the logs of brokers and nodes
     */
    void rebalance(String why) {
        reason.set(why);
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new AskingConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
        return new KafkaConsumer<>(
                config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A consumer may be called by its own thread only, so it looks for the wish itself. */
    private final class AskingConsumer extends KafkaConsumer<byte[], byte[]> {
        AskingConsumer(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            if (!reason.get().isEmpty()) {
                String why = reason.getAndSet(NONE);
                if (!why.isEmpty()) {
                    enforceRebalance(why);
                }
            }
            return super.poll(timeout);
        }
    }
}
