package dev.farshore.schemas.topic;

import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One topic as the cluster has it, compared with the plan. */
record ExistingTopic(TopicDescription description, Config config) {

    int partitions() {
        return description.partitions().size();
    }

    /** Copies of the partition that has the fewest. */
    int replicas() {
        return description.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
    }

    int minInsyncReplicas() {
        String found = value(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
        return found == null ? 1 : Integer.parseInt(found);
    }

    /** Why events would be lost, misplaced or refused; empty if all is well. */
    List<String> defects(TopicPlan plan) {
        List<String> defects = new ArrayList<>();
        for (Map.Entry<String, String> setting : plan.required().entrySet()) {
            String found = value(setting.getKey());
            if (!satisfies(setting.getKey(), found, setting.getValue())) {
                defects.add(
                        "%s is %s instead of %s"
                                .formatted(setting.getKey(), found, setting.getValue()));
            }
        }
        return defects;
    }

    /** What differs without harm. */
    List<String> differences(TopicPlan plan) {
        List<String> differences = new ArrayList<>();
        int replicas = replicas();
        if (replicas < plan.replicationFactor()) {
            differences.add(
                    "replication factor is %d, configured %d"
                            .formatted(replicas, plan.replicationFactor()));
        }
        plan.chosen()
                .forEach(
                        (key, wanted) -> {
                            String found = value(key);
                            if (!Objects.equals(found, wanted)) {
                                differences.add(
                                        "%s is %s, configured %s".formatted(key, found, wanted));
                            }
                        });
        return differences;
    }

    private static boolean satisfies(String key, @Nullable String found, String wanted) {
        if (found == null) {
            return false;
        }
        return switch (key) {
            case TopicConfig.MAX_MESSAGE_BYTES_CONFIG, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG ->
                    Integer.parseInt(found) >= Integer.parseInt(wanted);
            default -> found.equals(wanted);
        };
    }

    @Nullable String value(String key) {
        ConfigEntry entry = config.get(key);
        return entry == null ? null : entry.value();
    }
}
