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
 * {@link RecordStream} by a consumer in no group, which is moved about.
 *
 * <p><b>A fetch is one round trip.</b> A consumer that hands records out has asked for the next
 * ones already, and sends nothing else to that broker until they are there. Elsewhere is where the
 * next read will be: it would wait for that first, and the link would carry it for nothing. So the
 * partition is paused while the records are being handed out, and goes on with the next read.
 */
final class KafkaRecordStream implements RecordStream {
    private static final Duration POLL = Duration.ofMillis(100);

    /** To tell the broker that its session is over. */
    private static final Duration CLOSING = Duration.ofMillis(500);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final PausingDeserializer values = new PausingDeserializer();
    private @Nullable TopicPartition assigned;

    /** Where the consumer is asking, while that is not answered. */
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
            isAsking = false; // until this has not failed
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

    /** Pauses the partition as soon as it sees a record: {@code poll} asks for more afterwards. */
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
