package dev.farshore.schemas.topic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Compares the topics' partition counts with the plan and with one another, and says how to correct
 * them. Kafka can add partitions, but never removes any. A volume keeps the partition that its spec
 * names, so partitions may be added if all topics of volumes get the same number.
 */
final class PartitionCounts {
    private PartitionCounts() {}

    /** What is wrong; empty if all is well. */
    static List<String> defects(List<TopicPlan> plans, Map<String, Integer> found) {
        List<String> defects = new ArrayList<>();
        List<TopicPlan> ofVolumes =
                plans.stream()
                        .filter(plan -> Topics.BY_VOLUME_PARTITION.contains(plan.name()))
                        .toList();
        if (ofVolumes.stream().anyMatch(plan -> partitions(found, plan) != plan.partitions())) {
            defects.add(volumesDefect(ofVolumes, found));
        }
        for (TopicPlan plan : plans) {
            if (!ofVolumes.contains(plan) && partitions(found, plan) != plan.partitions()) {
                defects.add(
                        ("%s has %d partitions and needs %d; Kafka takes none away: make the topic"
                                        + " anew and copy its records into it, oldest first")
                                .formatted(
                                        plan.name(), partitions(found, plan), plan.partitions()));
            }
        }
        return defects;
    }

    private static String volumesDefect(List<TopicPlan> plans, Map<String, Integer> found) {
        int most = plans.stream().mapToInt(plan -> partitions(found, plan)).max().orElseThrow();
        List<String> smaller =
                plans.stream()
                        .filter(plan -> partitions(found, plan) < most)
                        .map(TopicPlan::name)
                        .toList();
        String counts =
                plans.stream()
                        .sorted(Comparator.comparing(TopicPlan::name))
                        .map(plan -> "%s %d".formatted(plan.name(), partitions(found, plan)))
                        .collect(Collectors.joining(", "));
        int configured = plans.getFirst().partitions();
        if (smaller.isEmpty()) {
            return most > configured
                    ? "%s partitions, and topics.partitions says %d; volumes are bound to partitions: set topics.partitions to %d, or use an empty cluster"
                            .formatted(counts, configured, most)
                    : "%s partitions, and topics.partitions says %d: set it to %d, or stop all nodes and give all three topics %d (kafka-topics --alter --partitions %d)"
                            .formatted(counts, configured, most, configured, configured);
        }
        int wanted = Math.max(most, configured);
        return ("%s partitions, and they need as many each; Kafka takes none away: stop all nodes,"
                        + " give %s %d (kafka-topics --alter --partitions %d), set"
                        + " topics.partitions to %d, and start them again")
                .formatted(
                        counts,
                        String.join(
                                " and ",
                                plans.stream()
                                        .filter(plan -> partitions(found, plan) < wanted)
                                        .map(TopicPlan::name)
                                        .toList()),
                        wanted,
                        wanted,
                        wanted);
    }

    private static int partitions(Map<String, Integer> found, TopicPlan plan) {
        return found.getOrDefault(plan.name(), 0);
    }
}
