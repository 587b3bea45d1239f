package dev.farshore.node.images;

import dev.farshore.process.config.KafkaConfig;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/** Where the partitions of {@code farshore.writes} begin and end now. */
public final class PartitionOffsets {
    private PartitionOffsets() {}

    /** By partition: the offset that the next record will have. */
    public static Map<Integer, Long> ends(KafkaConfig kafka)
            throws IOException, InterruptedException {
        return offsets(kafka, OffsetSpec.latest());
    }

    /** By partition: the offset of the oldest record, or that of the next where there is none. */
    static Map<Integer, Long> beginnings(KafkaConfig kafka)
            throws IOException, InterruptedException {
        return offsets(kafka, OffsetSpec.earliest());
    }

    private static Map<Integer, Long> offsets(KafkaConfig kafka, OffsetSpec which)
            throws IOException, InterruptedException {
        Admin admin = Admin.create(kafka.clientProperties());
        try {
            TopicDescription topic =
                    Objects.requireNonNull(
                            admin.describeTopics(List.of(Topics.WRITES))
                                    .allTopicNames()
                                    .get()
                                    .get(Topics.WRITES));
            Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
            topic.partitions()
                    .forEach(
                            info ->
                                    wanted.put(
                                            new TopicPartition(Topics.WRITES, info.partition()),
                                            which));
            Map<Integer, Long> offsets = new HashMap<>();
            admin.listOffsets(wanted)
                    .all()
                    .get()
                    .forEach((partition, at) -> offsets.put(partition.partition(), at.offset()));
            return offsets;
        } catch (ExecutionException e) {
            throw new IOException(
                    "asking Kafka for offsets of %s: %s".formatted(Topics.WRITES, e.getCause()),
                    e.getCause());
        } finally {
            admin.close(Duration.ZERO); // else it would wait for what nobody waits for any more
        }
    }
}
