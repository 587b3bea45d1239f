package dev.farshore.cli.node;

import dev.farshore.cli.config.KafkaConfig;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the partitions of {@code farshore.writes} end now. */
final class LogEnds {
    private LogEnds() {}

    /** By partition: the offset that the next record will have. */
    static Map<Integer, Long> of(KafkaConfig kafka) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        kafka.clientProperties(),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.WRITES).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            Map<Integer, Long> ends = new HashMap<>();
            consumer.endOffsets(partitions)
                    .forEach((partition, end) -> ends.put(partition.partition(), end));
            return ends;
        }
    }
}
