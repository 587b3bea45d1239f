package dev.farshore.bench.apply;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** A bare consumer of a topic's first partition. Threading: one thread. */
final class TopicReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    /** What a tuned reader of single records would ask for; Kafka's default is 1 MiB. */
    private static final int FETCH_BYTES = 64 << 10;

    private static final int POLLS_MAX = 600;

    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;

    TopicReader(String bootstrapServers, String topic) {
        partition = new TopicPartition(topic, 0);
        consumer =
                new KafkaConsumer<>(
                        Map.of(
                                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                bootstrapServers,
                                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                                FETCH_BYTES,
                                ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
                                0,
                                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                                false),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
    }

    /** From the oldest to the newest there is now. */
    Iterable<ConsumerRecord<byte[], byte[]>> all() {
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        return () ->
                new Iterator<>() {
                    private Iterator<ConsumerRecord<byte[], byte[]>> polled =
                            List.<ConsumerRecord<byte[], byte[]>>of().iterator();

                    @Override
                    public boolean hasNext() {
                        while (!polled.hasNext() && consumer.position(partition) < end) {
                            polled = consumer.poll(POLL).records(partition).iterator();
                        }
                        return polled.hasNext();
                    }

                    @Override
                    public ConsumerRecord<byte[], byte[]> next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException("the log ends at " + end);
                        }
                        return polled.next();
                    }
                };
    }

    /** Seeks to a record and polls until it has come. */
    byte[] seekAndPoll(long offset) throws IOException {
        consumer.seek(partition, offset);
        for (int count = 0; count < POLLS_MAX; count++) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                if (record.offset() == offset) {
                    return record.value();
                }
            }
        }
        throw new IOException(
                "the record at offset %d of %s does not come".formatted(offset, partition));
    }

    @Override
    public void close() {
        consumer.close();
    }
}
