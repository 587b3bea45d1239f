package dev.farshore.schemas.topic;

import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What a topic's settings put at risk.
 *
 * @param canLoseEvents whether an event that Kafka has acknowledged may be lost
 * @param text what it is and what to do, to follow the topic's name
 */
public record TopicRisk(boolean canLoseEvents, String text) {
    private static final int SAFE_COPIES = 2;
    private static final String ADVICE = "replication factor 3 and min.insync.replicas 2";

    /** Of one topic by itself; empty if all is well. */
    static List<TopicRisk> of(ExistingTopic topic) {
        List<TopicRisk> risks = new ArrayList<>();
        int copies = topic.replicas();
        int insync = topic.minInsyncReplicas();
        if (copies < SAFE_COPIES) {
            risks.add(
                    new TopicRisk(
                            true,
                            "kept once, so acknowledged events are lost with the broker's disk;"
                                    + " fine for trying things, production needs "
                                    + ADVICE));
        } else if (insync < SAFE_COPIES) {
            risks.add(
                    new TopicRisk(
                            true,
                            "%d copies, but min.insync.replicas is %d: while others lag behind, an event is acknowledged that only one broker has; production needs %s"
                                    .formatted(copies, insync, ADVICE)));
        } else if (insync > copies) {
            risks.add(
                    new TopicRisk(
                            false,
                            "min.insync.replicas is %d, but there are %d copies: nothing can be written"
                                    .formatted(insync, copies)));
        } else if (insync == copies) {
            risks.add(
                    new TopicRisk(
                            false,
                            "min.insync.replicas is %d of %d copies: writing stops as soon as one broker is away; production needs %s"
                                    .formatted(insync, copies, ADVICE)));
        }
        if ("true".equals(topic.value(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG))) {
            risks.add(
                    new TopicRisk(
                            true,
                            "unclean.leader.election.enable is true: a replica that lacks acknowledged events may become leader; set it to false"));
        }
        return List.copyOf(risks);
    }

    /** Of headers that are forgotten before the events they describe. */
    static List<TopicRisk> ofRetention(ExistingTopic writes, ExistingTopic headers) {
        String ofWrites = writes.value(TopicConfig.RETENTION_MS_CONFIG);
        String ofHeaders = headers.value(TopicConfig.RETENTION_MS_CONFIG);
        return limit(ofHeaders) >= limit(ofWrites)
                ? List.of()
                : List.of(
                        new TopicRisk(
                                false,
                                "retention.ms is %s, shorter than that of %s (%s): a site that is away for longer can't tell what it lacks; set it as long at least"
                                        .formatted(ofHeaders, Topics.WRITES, ofWrites)));
    }

    /** Kafka writes -1 for no limit. */
    private static long limit(@Nullable String value) {
        long limit = value == null ? -1 : Long.parseLong(value);
        return limit < 0 ? Long.MAX_VALUE : limit;
    }
}
