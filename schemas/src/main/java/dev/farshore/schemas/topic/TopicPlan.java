package dev.farshore.schemas.topic;

import dev.farshore.schemas.log.Limits;

import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One topic as it should be.
 *
 * @param required settings without which events would be lost or refused; an existing topic that
 *     has others is an error
 * @param chosen settings that an operator may have changed since
 */
record TopicPlan(
        String name,
        int partitions,
        short replicationFactor,
        Map<String, String> required,
        Map<String, String> chosen) {

    /** The six topics. */
    static List<TopicPlan> all(TopicSettings settings) {
        List<TopicPlan> plans = new ArrayList<>();
        plans.add(history(Topics.WRITES, settings.partitions(), settings, settings.writes()));
        plans.add(history(Topics.HEADERS, settings.partitions(), settings, settings.headers()));
        plans.add(newestOfEachKey(Topics.PROGRESS, settings.partitions(), settings, Map.of()));
        plans.add(
                newestOfEachKey(
                        Topics.VOLUMES,
                        1,
                        settings,
                        // Succession.ofSpecs has the reason.
                        Map.of(
                                TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                                Long.toString(24 * 60 * 60 * 1000))));
        plans.add(history(Topics.MIGRATIONS, 1, settings, Retention.UNLIMITED));
        // One partition, so that one broker's clock is what all are compared with.
        plans.add(newestOfEachKey(Topics.CLOCKS, 1, settings, Map.of()));
        return List.copyOf(plans);
    }

    private static TopicPlan history(
            String name, int partitions, TopicSettings settings, Retention retention) {
        return plan(
                name,
                partitions,
                settings,
                Map.of(
                        TopicConfig.RETENTION_MS_CONFIG,
                        Long.toString(retention.millis()),
                        TopicConfig.RETENTION_BYTES_CONFIG,
                        Long.toString(retention.bytesPerPartition())));
    }

    private static TopicPlan newestOfEachKey(
            String name, int partitions, TopicSettings settings, Map<String, String> more) {
        // Small segments, compacted soon: every node reads these topics whole at start.
        Map<String, String> chosen =
                new TreeMap<>(
                        Map.of(
                                TopicConfig.SEGMENT_BYTES_CONFIG,
                                Integer.toString(16 * 1024 * 1024),
                                TopicConfig.SEGMENT_MS_CONFIG,
                                Long.toString(60 * 60 * 1000),
                                TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                                "0.2"));
        chosen.putAll(more);
        return plan(name, partitions, settings, chosen);
    }

    private static TopicPlan plan(
            String name, int partitions, TopicSettings settings, Map<String, String> chosen) {
        Map<String, String> required =
                new TreeMap<>(
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                cleanupPolicy(name),
                                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(Limits.MAX_MESSAGE_BYTES),
                                // A replica that lacks acknowledged events must never lead: better
                                // no leader than a hole in every volume of the partition.
                                TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                                "false",
                                TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                                Integer.toString(settings.minInsyncReplicas())));
        Map<String, String> free = new TreeMap<>(chosen);
        // The broker's clock, so that no host's wrong clock makes history vanish or stay for ever.
        // When a write was captured stands in the event.
        free.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
        free.put(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
        return new TopicPlan(name, partitions, settings.replicationFactor(), required, free);
    }

    /** What Kafka has to do with old records of a topic: delete them by age, or compact them. */
    static String cleanupPolicy(String topic) {
        return switch (topic) {
            case Topics.WRITES, Topics.HEADERS, Topics.MIGRATIONS ->
                    TopicConfig.CLEANUP_POLICY_DELETE;
            case Topics.PROGRESS, Topics.VOLUMES, Topics.CLOCKS ->
                    TopicConfig.CLEANUP_POLICY_COMPACT;
            default -> throw new IllegalArgumentException(topic + " is none of the topics");
        };
    }

    NewTopic toNewTopic() {
        Map<String, String> configs = new TreeMap<>(chosen);
        configs.putAll(required);
        return new NewTopic(name, partitions, replicationFactor).configs(configs);
    }
}
