package dev.farshore.capture.read.kafka;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@link RecordStream} by a consumer in no group, which seeks for every read.
 *
 * <p><b>A fetch is one round trip.</b> A consumer that returns records has requested the next ones
 * already, and sends nothing else to that broker until they have come. The next read is elsewhere:
 * it would wait for them, and the link would carry them for nothing. So the partition is paused
 * while records are returned, and resumed with the next read.
 */
final class KafkaRecordStream implements RecordStream {
    private static final Duration POLL = Duration.ofMillis(100);

    /** Time to end the session at the broker. */
    private static final Duration CLOSING = Duration.ofMillis(500);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final PausingDeserializer values = new PausingDeserializer();
    private @Nullable TopicPartition assigned;

    /** Whether the consumer waits for what it has requested at {@link #position}. */
    private boolean isAsking;

    private long position;

    KafkaRecordStream(Map<String, Object> clientProperties, int fetchBytes) {
        consumer =
                new KafkaConsumer<>(
                        ReaderSettings.of(clientProperties, fetchBytes),
                        new ByteArrayDeserializer(),
                        values);
    }

    @Override
    public List<ConsumerRecord<byte[], byte[]>> read(int partition, long offset) {
        TopicPartition at = assign(partition);
        if (!isAsking || position != offset) {
            isAsking = false; // in case this fails
            consumer.seek(at, offset);
            consumer.resume(List.of(at));
            values.hasSeenOne = false;
            position = offset;
            isAsking = true;
        }
        List<ConsumerRecord<byte[], byte[]>> records;
        try {
            records = consumer.poll(POLL).records(at);
        } catch (RuntimeException e) {
            isAsking = false;
            throw e;
        }
        isAsking = records.isEmpty();
        return records;
    }

    private TopicPartition assign(int partition) {
        TopicPartition at = new TopicPartition(Topics.WRITES, partition);
        if (!at.equals(assigned)) {
            consumer.assign(List.of(at));
            assigned = at;
            isAsking = false;
        }
        return at;
    }

    @Override
    public long begin(int partition, Duration patience) {
        TopicPartition at = assign(partition);
        return consumer.beginningOffsets(List.of(at), patience).getOrDefault(at, 0L);
    }

    @Override
    public void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSING));
    }

    /** Pauses the partition at its first record: {@code poll} would request more after it. */
    private final class PausingDeserializer extends ByteArrayDeserializer {
        private boolean hasSeenOne;

        @Override
        public byte[] deserialize(String topic, byte[] data) {
            if (!hasSeenOne) {
                hasSeenOne = true;
                consumer.pause(consumer.assignment());
            }
            return data;
        }
    }
}
