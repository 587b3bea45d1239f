package dev.farshore.apply.site;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaClientSupplier;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Makes the Kafka clients of Kafka Streams. They can ask for a rebalance, for which Streams has no
 * call of its own; they count what is read; and they close fast when the node stops.
 *
 * <p>Threading: {@link #rebalance} from any thread; one of the stream threads acts on it at its
 * next poll.
 */
final class SiteKafkaClients implements KafkaClientSupplier {
    private static final String NONE = "";
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(1);

    /** Timeout of a commit; Streams tries again later. */
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(5);

    private final AtomicReference<String> reason = new AtomicReference<>(NONE);
    private final ReadBytes readBytes = new ReadBytes();
    private volatile boolean isStopping;

    /** The node stops: from now on nobody waits long for Kafka. */
    void stopping() {
        isStopping = true;
    }

    ReadBytes readBytes() {
        return readBytes;
    }

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
        return new ReportProducer(config, () -> isStopping, STOP_PATIENCE);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new AskingConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new RestoringConsumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        throw new UnsupportedOperationException("a site has no global stores");
    }

    /** Restores images, and keeps hot copies. */
    private final class RestoringConsumer extends KafkaConsumer<byte[], byte[]> {
        RestoringConsumer(Map<String, Object> config) {
            super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            return readBytes.countRestored(super.poll(timeout));
        }

        @Override
        public void close() {
            close(CloseOptions.timeout(STOP_PATIENCE));
        }
    }

    /**
     * A consumer may be called by its own thread only, so it looks itself whether a rebalance is
     * wanted.
     */
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
            return readBytes.countFollowed(super.poll(timeout));
        }

        @Override
        public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            commitSync(offsets, isStopping ? STOP_PATIENCE : COMMIT_PATIENCE);
        }

        @Override
        public void close(CloseOptions options) {
            super.close(
                    CloseOptions.timeout(STOP_PATIENCE)
                            .withGroupMembershipOperation(options.groupMembershipOperation()));
        }
    }
}
