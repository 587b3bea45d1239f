package dev.farshore.capture.publish;

import dev.farshore.schemas.log.Limits;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.util.HashMap;
import java.util.Map;

/**
 * The producer's settings: idempotent, acknowledged by all in-sync replicas. A record not delivered
 * within {@value #DELIVERY_TIMEOUT_MILLIS} ms is an error, after which the publisher starts over
 * with a new producer, as sometimes nothing else helps.
 *
 * @param clientProperties for every Kafka client of the node: addresses, security
 * @param compression one of Kafka's: none, lz4, zstd, snappy, gzip
 */
public record ProducerSettings(
        Map<String, Object> clientProperties, String clientId, String compression) {
    private static final int DELIVERY_TIMEOUT_MILLIS = 120_000;
    private static final int BUFFER_BYTES = 64 * 1024 * 1024;
    private static final int BATCH_BYTES = 256 * 1024;

    /** Unacknowledged bytes a volume may have, so that sixteen busy ones fit the buffer. */
    public static final int LANE_WINDOW_BYTES = 4 * 1024 * 1024;

    /** A producer with these settings. */
    public Producer<byte[], byte[]> newProducer() {
        Map<String, Object> config = new HashMap<>(clientProperties);
        config.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500);
        config.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 500);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Limits.MAX_MESSAGE_BYTES);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
