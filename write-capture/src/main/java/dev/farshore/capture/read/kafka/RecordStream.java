package dev.farshore.capture.read.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A consumer of one partition that is moved about. Threading: one thread, but {@link #wakeUp} from
 * any.
 */
final class RecordStream implements AutoCloseable {
    /** Of what one fetch brings, so much is rather read past than sought over. */
    private static final int NEAR_SHARE = 4;

    private static final int KIB = 1024;

    private static final long UNKNOWN = -1;

    private static final Duration POLL = Duration.ofMillis(100);

    private final TopicPartition partition;
    private final int fetchBytes;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** Of a record, on average of late. */
    private long recordBytes = 4 * KIB;

    /** Of the next record to come; {@link #UNKNOWN} if that is not known. */
    private long position = UNKNOWN;

    RecordStream(Map<String, Object> clientProperties, TopicPartition partition, int fetchBytes) {
        this.partition = partition;
        this.fetchBytes = fetchBytes;
        consumer =
                new KafkaConsumer<>(
                        ReaderSettings.of(clientProperties, fetchBytes),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
    }

    /** The next records from {@code offset} on, or from a little before it; may be none yet. */
    List<ConsumerRecord<byte[], byte[]>> read(long offset) {
        if (position == UNKNOWN || offset < position || offset - position > nearRecords()) {
            position = UNKNOWN; // until this has not failed
            consumer.seek(partition, offset);
            position = offset;
        }
        List<ConsumerRecord<byte[], byte[]>> records = consumer.poll(POLL).records(partition);
        if (!records.isEmpty()) {
            position = records.getLast().offset() + 1;
            long bytes = records.stream().mapToLong(ConsumerRecord::serializedValueSize).sum();
            recordBytes = Math.max(1, (recordBytes + bytes / records.size()) / 2);
        }
        return records;
    }

    private long nearRecords() {
        return fetchBytes / NEAR_SHARE / recordBytes;
    }

    /** Offset of the oldest record there is. */
    long begin() {
        return consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
    }

    /** Offset that the next record will have. */
    long end(Duration patience) {
        return consumer.endOffsets(List.of(partition), patience).getOrDefault(partition, 0L);
    }

    /** The next position is sought anew. */
    void forgetPosition() {
        position = UNKNOWN;
    }

    /** Ends what the stream's thread waits for. */
    void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
