package dev.farshore.capture.publish;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads ranges of one partition, as it was when this was made. Threading: one thread. */
final class PartitionReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long SILENCE_LIMIT_NANOS = Duration.ofSeconds(20).toNanos();
    private static final int MAX_POLL_RECORDS = 5000;

    /** Told of every record that has a key. */
    interface Visitor {
        /** Returns whether to read on. */
        boolean visit(String key, byte[] value, long offset) throws IOException;
    }

    private final TopicPartition partition;
    private final KafkaConsumer<String, byte[]> consumer;
    private final long begin;
    private final long end;

    /**
     * @throws IOException if the brokers do not answer
     */
    PartitionReader(Map<String, Object> clientProperties, String topic, int partition)
            throws IOException {
        this.partition = new TopicPartition(topic, partition);
        Map<String, Object> config = new HashMap<>(clientProperties);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> only = List.of(this.partition);
        try {
            consumer.assign(only);
            begin = consumer.beginningOffsets(only).getOrDefault(this.partition, 0L);
            end = consumer.endOffsets(only).getOrDefault(this.partition, 0L);
        } catch (KafkaException e) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            throw new IOException("asking where %s ends: %s".formatted(this.partition, e), e);
        }
    }

    /** Offset of the oldest record. */
    long begin() {
        return begin;
    }

    /** Offset that the next record will have. */
    long end() {
        return end;
    }

    /**
     * Reads in order.
     *
     * @param to exclusive
     * @throws IOException if the brokers fall silent, or {@code visitor} throws it
     */
    void read(long from, long to, Visitor visitor) throws IOException {
        consumer.seek(partition, Math.max(from, begin));
        long heardNs = System.nanoTime();
        while (consumer.position(partition) < to) {
            for (ConsumerRecord<String, byte[]> fetched : consumer.poll(POLL)) {
                heardNs = System.nanoTime();
                if (fetched.offset() >= to) {
                    return;
                }
                if (fetched.key() != null
                        && !visitor.visit(fetched.key(), fetched.value(), fetched.offset())) {
                    return;
                }
            }
            if (System.nanoTime() - heardNs > SILENCE_LIMIT_NANOS) {
                throw new IOException(
                        "%s gave nothing for %d s at offset %d"
                                .formatted(
                                        partition,
                                        Duration.ofNanos(SILENCE_LIMIT_NANOS).toSeconds(),
                                        consumer.position(partition)));
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
