package dev.farshore.coordinator;

import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** The Kafka clients of a coordinator; each is closed with {@code owned}. */
final class KafkaClients {
    /**
     * Kafka takes 9 s by default to notice a dead broker, and some more to go on with another. A
     * write given up before that may still reach the log, and its caller was told that it failed.
     */
    static final Duration WRITE_TIMEOUT = Duration.ofSeconds(20);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    /** How many requests that get no answer fit in the time that a write may take. */
    private static final int ATTEMPTS = 5;

    private final Map<String, Object> kafka;
    private final OwnedResources owned;

    KafkaClients(KafkaConfig kafka, OwnedResources owned) {
        this.kafka = kafka.clientProperties();
        this.owned = owned;
    }

    <V> CompactedView<V> view(String topic, Serde<V> values) {
        return owned.add(CompactedView.open(kafka, topic, values.deserializer()));
    }

    CompactedView<VolumeSpec> specs(Serde<VolumeSpec> values) {
        return owned.add(CompactedView.ofSpecs(kafka, values.deserializer()));
    }

    /** For few, small, urgent records: a hand-over waits for them. */
    <V> Producer<String, V> producer(Serde<V> values) {
        Producer<String, V> producer =
                new KafkaProducer<>(
                        producerConfig(kafka, WRITE_TIMEOUT),
                        new StringSerializer(),
                        values.serializer());
        owned.add(() -> producer.close(CLOSE_TIMEOUT));
        return producer;
    }

    /**
     * A request to a dead broker whose host does not answer times out early enough for the record
     * to go to the next leader.
     */
    static Map<String, Object> producerConfig(Map<String, ?> kafka, Duration writeTimeout) {
        int timeoutMillis = Math.toIntExact(writeTimeout.toMillis());
        int attemptMillis = Math.max(1, timeoutMillis / ATTEMPTS);
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeoutMillis);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, attemptMillis);
        config.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, attemptMillis);
        config.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG, attemptMillis);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, timeoutMillis);
        return config;
    }

    /** Closed by whoever gets it. */
    Admin admin() {
        return Admin.create(kafka);
    }

    /**
     * The end offset of a partition of {@code farshore.writes} now.
     *
     * @throws KafkaException if the brokers don't say
     */
    static long writesEnd(Admin admin, int partition) {
        TopicPartition asked = new TopicPartition(Topics.WRITES, partition);
        try {
            return admin.listOffsets(Map.of(asked, OffsetSpec.latest()))
                    .partitionResult(asked)
                    .get()
                    .offset();
        } catch (ExecutionException e) {
            throw new KafkaException("asking where %s ends: %s".formatted(asked, e.getCause()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while asking where %s ends".formatted(asked), e);
        }
    }

    /** Consumers without a group; whoever gets one closes it. */
    <V> Supplier<Consumer<String, V>> consumers(Serde<V> values) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.remove(ConsumerConfig.GROUP_ID_CONFIG);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        // What retention has removed is skipped: the rest is all there is.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return () -> new KafkaConsumer<>(config, new StringDeserializer(), values.deserializer());
    }
}
