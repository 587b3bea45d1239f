package dev.farshore.cli.node;

import dev.farshore.cli.config.KafkaConfig;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Where the partitions of {@code farshore.writes} begin and end now. */
final class LogEnds {
    private LogEnds() {}

    /** By partition: the offset that the next record will have. */
    static Map<Integer, Long> of(KafkaConfig kafka) {
        return offsets(kafka, KafkaConsumer::endOffsets);
    }

    /** By partition: the offset of the oldest record, or that of the next where there is none. */
    static Map<Integer, Long> beginnings(KafkaConfig kafka) {
        return offsets(kafka, KafkaConsumer::beginningOffsets);
    }

    private static Map<Integer, Long> offsets(
            KafkaConfig kafka,
            BiFunction<
                            KafkaConsumer<byte[], byte[]>,
                            List<TopicPartition>,
                            Map<TopicPartition, Long>>
                    question) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        kafka.clientProperties(),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Topics.WRITES).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            Map<Integer, Long> offsets = new HashMap<>();
            question.apply(consumer, partitions)
                    .forEach((partition, offset) -> offsets.put(partition.partition(), offset));
            return offsets;
        }
    }
}
