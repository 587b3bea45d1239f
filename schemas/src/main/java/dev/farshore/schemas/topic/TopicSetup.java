package dev.farshore.schemas.topic;

import org.apache.kafka.clients.admin.AbstractOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Creates the topics that are missing and checks those that exist. Any number of nodes may do so at
 * once, at every start; nothing that exists is ever changed.
 */
public final class TopicSetup {
    private static final Logger log = LoggerFactory.getLogger(TopicSetup.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;

    private final Admin admin;
    private final String brokers;

    /**
     * @param admin stays the caller's to close
     * @param brokers bootstrap addresses of {@code admin}, for messages
     */
    public TopicSetup(Admin admin, String brokers) {
        this.admin = admin;
        this.brokers = brokers;
    }

    /**
     * Returns once all six topics exist and are as they must be. While the brokers do not answer,
     * or have not yet spread what was created, tries again and says so in the log.
     *
     * @param giveUpAfter how long to go on trying
     * @throws TopicSetupException if a topic is not as it must be, cannot be created, or the
     *     brokers did not answer in that time
     */
    public void ensure(TopicSettings settings, Duration giveUpAfter) throws InterruptedException {
        List<TopicPlan> plans = TopicPlan.all(settings);
        long startedNanos = System.nanoTime();
        for (int attempt = 1; ; attempt++) {
            try {
                createMissing(plans);
                check(plans, describe(plans));
                return;
            } catch (RetriableException | InvalidReplicationFactorException e) {
                // The latter too: not all brokers of a cluster that starts have registered yet.
                Duration left = giveUpAfter.minusNanos(System.nanoTime() - startedNanos);
                if (left.compareTo(PAUSE) < 0) {
                    throw new TopicSetupException(
                            "Kafka at %s: topics could not be set up in %d tries over %d s (%s). Is the address right, and are the brokers up?"
                                    .formatted(brokers, attempt, giveUpAfter.toSeconds(), e),
                            e);
                }
                log.atWarn()
                        .addKeyValue("brokers", brokers)
                        .addKeyValue("attempt", attempt)
                        .addKeyValue("givingUpInSeconds", left.toSeconds())
                        .addKeyValue("reason", e.toString())
                        .log("topics not set up yet, trying again");
                Thread.sleep(PAUSE);
            }
        }
    }

    private void createMissing(List<TopicPlan> plans) throws InterruptedException {
        var existing =
                await("listing topics", admin.listTopics(within(new ListTopicsOptions())).names());
        List<TopicPlan> missing =
                plans.stream().filter(plan -> !existing.contains(plan.name())).toList();
        if (missing.isEmpty()) {
            return;
        }
        var created =
                admin.createTopics(
                                missing.stream().map(TopicPlan::toNewTopic).toList(),
                                within(new CreateTopicsOptions()))
                        .values();
        for (TopicPlan plan : missing) {
            try {
                await("creating topic " + plan.name(), future(created, plan.name()));
                log.atInfo()
                        .addKeyValue("topic", plan.name())
                        .addKeyValue("partitions", plan.partitions())
                        .addKeyValue("replicationFactor", plan.replicationFactor())
                        .log("topic created");
            } catch (TopicAuthorizationException e) {
                throw TopicSetupException.mayNotCreate(plan.name(), e);
            } catch (TopicExistsException e) {
                log.atDebug()
                        .addKeyValue("topic", plan.name())
                        .log("topic was created by another node meanwhile");
            }
        }
    }

    private Map<String, ExistingTopic> describe(List<TopicPlan> plans) throws InterruptedException {
        List<String> names = plans.stream().map(TopicPlan::name).toList();
        Map<String, TopicDescription> descriptions =
                await(
                        "describing topics",
                        admin.describeTopics(names, within(new DescribeTopicsOptions()))
                                .allTopicNames());
        List<ConfigResource> resources = names.stream().map(TopicSetup::resource).toList();
        Map<ConfigResource, Config> configs =
                await(
                        "reading topic settings",
                        admin.describeConfigs(resources, within(new DescribeConfigsOptions()))
                                .all());
        Map<String, ExistingTopic> topics = new HashMap<>();
        for (String name : names) {
            TopicDescription description = descriptions.get(name);
            Config config = configs.get(resource(name));
            if (description == null || config == null) {
                throw new UnknownTopicOrPartitionException(name + " is not visible yet");
            }
            topics.put(name, new ExistingTopic(description, config));
        }
        return topics;
    }

    private void check(List<TopicPlan> plans, Map<String, ExistingTopic> topics) {
        List<String> defects = new ArrayList<>(PartitionCounts.defects(plans, partitions(topics)));
        for (TopicPlan plan : plans) {
            ExistingTopic topic = topics.get(plan.name());
            if (topic == null) {
                throw new IllegalStateException(plan.name() + " was not described");
            }
            topic.defects(plan).forEach(defect -> defects.add(plan.name() + ": " + defect));
            for (String difference : topic.differences(plan)) {
                log.atWarn()
                        .addKeyValue("topic", plan.name())
                        .addKeyValue("difference", difference)
                        .log("topic differs from the configuration and is left as it is");
            }
        }
        if (!defects.isEmpty()) {
            throw new TopicSetupException(
                    "Kafka at %s: topics cannot be used as they are; %s"
                            .formatted(brokers, String.join("; ", defects)));
        }
    }

    private static Map<String, Integer> partitions(Map<String, ExistingTopic> topics) {
        Map<String, Integer> partitions = new HashMap<>();
        topics.forEach((name, topic) -> partitions.put(name, topic.partitions()));
        return partitions;
    }

    /** A request must not outlast the caller's patience by Kafka's default of a minute. */
    private static <T extends AbstractOptions<T>> T within(T options) {
        return options.timeoutMs(REQUEST_TIMEOUT_MILLIS);
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private static KafkaFuture<Void> future(Map<String, KafkaFuture<Void>> created, String name) {
        KafkaFuture<Void> future = created.get(name);
        if (future == null) {
            throw new IllegalStateException("no answer about topic " + name);
        }
        return future;
    }

    /** The result; what may go away by itself as the exception it is, all else explained. */
    private <T> T await(String what, KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RetriableException retriable) {
                throw retriable;
            }
            if (e.getCause() instanceof TopicAuthorizationException refused) {
                throw refused;
            }
            if (e.getCause() instanceof TopicExistsException exists) {
                throw exists;
            }
            if (e.getCause() instanceof InvalidReplicationFactorException tooMany) {
                throw tooMany;
            }
            throw new TopicSetupException(
                    "Kafka at %s: %s: %s".formatted(brokers, what, e.getCause()), e.getCause());
        }
    }
}
