package dev.farshore.coordinator.retention;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks Kafka how {@code farshore.writes} stands. Threading: one thread. */
final class WritesLogs {
    private static final long TIMEOUT_SECONDS = 20;

    private final Admin admin;

    WritesLogs(Admin admin) {
        this.admin = admin;
    }

    /** By partition. */
    Map<Integer, PartitionLog> ask()
            throws ExecutionException, TimeoutException, InterruptedException {
        TopicDescription topic =
                admin.describeTopics(List.of(Topics.WRITES))
                        .allTopicNames()
                        .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .get(Topics.WRITES);
        if (topic == null) {
            return Map.of();
        }
        Map<Integer, Long> begins = offsets(topic, OffsetSpec.earliest());
        Map<Integer, Long> ends = offsets(topic, OffsetSpec.latest());
        Map<Integer, Long> sizes = sizes(topic);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, Topics.WRITES);
        Config config =
                admin.describeConfigs(List.of(resource))
                        .all()
                        .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .get(resource);
        Map<Integer, PartitionLog> logs = new HashMap<>();
        begins.forEach(
                (partition, begin) ->
                        logs.put(
                                partition,
                                new PartitionLog(
                                        begin,
                                        ends.getOrDefault(partition, begin),
                                        sizes.getOrDefault(partition, -1L),
                                        number(config, TopicConfig.RETENTION_MS_CONFIG),
                                        number(config, TopicConfig.RETENTION_BYTES_CONFIG))));
        return logs;
    }

    private Map<Integer, Long> offsets(TopicDescription topic, OffsetSpec which)
            throws ExecutionException, TimeoutException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (TopicPartitionInfo partition : topic.partitions()) {
            asked.put(new TopicPartition(Topics.WRITES, partition.partition()), which);
        }
        Map<Integer, Long> offsets = new HashMap<>();
        admin.listOffsets(asked)
                .all()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
        return offsets;
    }

    /** The largest copy of each; nothing where we may not ask. */
    private Map<Integer, Long> sizes(TopicDescription topic)
            throws ExecutionException, TimeoutException, InterruptedException {
        Set<Integer> brokers = new HashSet<>();
        topic.partitions().forEach(p -> p.replicas().forEach(node -> brokers.add(node.id())));
        Map<Integer, Long> sizes = new HashMap<>();
        try {
            admin.describeLogDirs(brokers)
                    .allDescriptions()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .values()
                    .forEach(
                            folders -> folders.values().forEach(f -> add(f.replicaInfos(), sizes)));
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw e;
            }
        }
        return sizes;
    }

    private static void add(Map<TopicPartition, ReplicaInfo> replicas, Map<Integer, Long> sizes) {
        replicas.forEach(
                (partition, replica) -> {
                    if (partition.topic().equals(Topics.WRITES)) {
                        sizes.merge(partition.partition(), replica.size(), Math::max);
                    }
                });
    }

    private static long number(@Nullable Config config, String name) {
        return config == null || config.get(name) == null
                ? -1
                : Long.parseLong(config.get(name).value());
    }
}
