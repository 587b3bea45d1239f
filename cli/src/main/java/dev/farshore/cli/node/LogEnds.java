package dev.farshore.cli.node;

import dev.farshore.cli.config.KafkaConfig;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/** Where the partitions of {@code farshore.writes} end now. */
final class LogEnds {
    private LogEnds() {}

    /** By partition: the offset that the next record will have. */
    static Map<Integer, Long> of(KafkaConfig kafka) throws IOException, InterruptedException {
        try (Admin admin = Admin.create(kafka.clientProperties())) {
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
                                            OffsetSpec.latest()));
            Map<Integer, Long> ends = new HashMap<>();
            admin.listOffsets(wanted)
                    .all()
                    .get()
                    .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw new IOException(
                    "asking Kafka for the ends of %s: %s".formatted(Topics.WRITES, e.getCause()),
                    e.getCause());
        }
    }
}
