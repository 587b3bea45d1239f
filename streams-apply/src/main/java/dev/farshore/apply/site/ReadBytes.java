package dev.farshore.apply.site;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;

import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes read from Kafka for images and index: the cost of an outage, a restart or a take-over.
 * Threading: any thread.
 */
public final class ReadBytes {
    private final LongAdder followed = new LongAdder();
    private final LongAdder restored = new LongAdder();

    /** By the consumers that follow the log. */
    public long followed() {
        return followed.sum();
    }

    /** By the consumers that restore images and keep hot copies. */
    public long restored() {
        return restored.sum();
    }

    ConsumerRecords<byte[], byte[]> countFollowed(ConsumerRecords<byte[], byte[]> records) {
        return count(records, followed);
    }

    ConsumerRecords<byte[], byte[]> countRestored(ConsumerRecords<byte[], byte[]> records) {
        return count(records, restored);
    }

    private static ConsumerRecords<byte[], byte[]> count(
            ConsumerRecords<byte[], byte[]> records, LongAdder into) {
        long bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            bytes += Math.max(0, record.serializedKeySize());
            bytes += Math.max(0, record.serializedValueSize());
        }
        into.add(bytes);
        return records;
    }
}
