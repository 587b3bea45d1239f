package dev.farshore.schemas.topic;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/**
 * Looks whether the topics that exist keep what they are given. Changes nothing. Threading: one
 * thread at a time.
 */
public final class TopicCheck {
    private final Admin admin;
    private final List<String> names;
    private final int timeoutMillis;
    private List<String> defects = List.of();

    /**
     * @param admin stays the caller's to close
     * @param names of the topics; one that does not exist is left out
     */
    public TopicCheck(Admin admin, List<String> names, Duration timeout) {
        this.admin = admin;
        this.names = List.copyOf(names);
        this.timeoutMillis = Math.toIntExact(timeout.toMillis());
    }

    /**
     * What is at risk, by topic; nothing for a topic with which all is well.
     *
     * @throws ExecutionException if the brokers do not answer, or not all
     */
    public Map<String, List<TopicRisk>> look() throws ExecutionException, InterruptedException {
        Map<String, ExistingTopic> topics = describe();
        Map<String, List<TopicRisk>> risks = new LinkedHashMap<>();
        List<String> found = new ArrayList<>();
        topics.forEach(
                (name, topic) -> {
                    risks.put(name, new ArrayList<>(TopicRisk.of(topic)));
                    String wanted = TopicPlan.cleanupPolicy(name);
                    String policy = topic.value(TopicConfig.CLEANUP_POLICY_CONFIG);
                    if (!wanted.equals(policy)) {
                        found.add(
                                "%s: cleanup.policy is %s instead of %s"
                                        .formatted(name, policy, wanted));
                    }
                });
        ExistingTopic writes = topics.get(Topics.WRITES);
        ExistingTopic headers = topics.get(Topics.HEADERS);
        List<TopicRisk> ofHeaders = risks.get(Topics.HEADERS);
        if (writes != null && headers != null && ofHeaders != null) {
            ofHeaders.addAll(TopicRisk.ofRetention(writes, headers));
        }
        defects = List.copyOf(found);
        return risks;
    }

    /**
     * @throws TopicSetupException if a topic seen at the last look throws events away that are
     *     needed, or keeps old values for ever
     */
    public void requireUsable() {
        if (!defects.isEmpty()) {
            throw new TopicSetupException(
                    "topics cannot be used as they are; " + String.join("; ", defects));
        }
    }

    private Map<String, ExistingTopic> describe() throws ExecutionException, InterruptedException {
        Map<String, TopicDescription> descriptions = new LinkedHashMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
                admin.describeTopics(names, new DescribeTopicsOptions().timeoutMs(timeoutMillis))
                        .topicNameValues()
                        .entrySet()) {
            try {
                descriptions.put(topic.getKey(), topic.getValue().get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        Map<ConfigResource, Config> configs =
                admin.describeConfigs(
                                descriptions.keySet().stream().map(TopicCheck::resource).toList(),
                                new DescribeConfigsOptions().timeoutMs(timeoutMillis))
                        .all()
                        .get();
        Map<String, ExistingTopic> topics = new LinkedHashMap<>();
        for (String name : names) {
            TopicDescription description = descriptions.get(name);
            if (description != null) {
                topics.put(
                        name,
                        new ExistingTopic(
                                description, Objects.requireNonNull(configs.get(resource(name)))));
            }
        }
        return topics;
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }
}
