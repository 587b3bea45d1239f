package dev.farshore.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.log.Limits;

import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.MockAdminClient;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

class TopicSetupTest {
    private static final Duration SOON = Duration.ofSeconds(2);

    private final MockAdminClient admin = MockAdminClient.create().numBrokers(3).build();
    private final TopicSetup setup = new TopicSetup(admin, "broker:9092");

    @Test
    void shouldCreateFiveTopicsWithTheirSettings() throws Exception {
        setup.ensure(
                new TopicSettings(
                        12,
                        (short) 3,
                        new Retention(Duration.ofHours(1), 1 << 30),
                        Retention.UNLIMITED),
                SOON);

        assertThat(topic(Topics.WRITES).partitions()).hasSize(12);
        assertThat(topic(Topics.HEADERS).partitions()).hasSize(12);
        assertThat(topic(Topics.PROGRESS).partitions()).hasSize(12);
        assertThat(topic(Topics.VOLUMES).partitions()).hasSize(1);
        assertThat(topic(Topics.MIGRATIONS).partitions()).hasSize(1);
        assertThat(topic(Topics.CLOCKS).partitions()).hasSize(1);
        assertThat(topic(Topics.WRITES).partitions().getFirst().replicas()).hasSize(3);
        assertThat(config(Topics.WRITES))
                .containsEntry("cleanup.policy", "delete")
                .containsEntry("retention.ms", "3600000")
                .containsEntry("retention.bytes", "1073741824")
                .containsEntry("min.insync.replicas", "2")
                .containsEntry("unclean.leader.election.enable", "false")
                .containsEntry("max.message.bytes", String.valueOf(Limits.MAX_MESSAGE_BYTES));
        assertThat(config(Topics.HEADERS))
                .containsEntry("retention.ms", "-1")
                .containsEntry("retention.bytes", "-1");
        assertThat(config(Topics.MIGRATIONS))
                .containsEntry("cleanup.policy", "delete")
                .containsEntry("retention.ms", "-1");
        assertThat(config(Topics.PROGRESS)).containsEntry("cleanup.policy", "compact");
        assertThat(config(Topics.VOLUMES)).containsEntry("cleanup.policy", "compact");
    }

    @Test
    void shouldNotAskForMoreCopiesInSyncThanThereAre() throws Exception {
        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThat(config(Topics.WRITES)).containsEntry("min.insync.replicas", "1");
    }

    @Test
    void shouldChangeNothingTheSecondTime() throws Exception {
        setup.ensure(TopicSettings.of(4, 1), SOON);
        var before = topic(Topics.WRITES);

        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThat(topic(Topics.WRITES)).isEqualTo(before);
    }

    @Test
    void shouldCreateWhatIsMissing() throws Exception {
        setup.ensure(TopicSettings.of(4, 1), SOON);
        admin.deleteTopics(List.of(Topics.HEADERS)).all().get();

        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThat(topic(Topics.HEADERS).partitions()).hasSize(4);
    }

    @Test
    void shouldRefuseAnotherPartitionCount() throws Exception {
        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThatThrownBy(() -> setup.ensure(TopicSettings.of(8, 1), SOON))
                .isInstanceOf(TopicSetupException.class)
                .hasMessageContaining("broker:9092")
                .hasMessageContaining(
                        "farshore.headers 4, farshore.progress 4, farshore.writes 4 partitions")
                .hasMessageContaining("topics.partitions says 8: set it to 4, or")
                .hasMessageContaining("--partitions 8");
        assertThat(topic(Topics.WRITES).partitions()).hasSize(4);
        assertThatThrownBy(() -> setup.ensure(TopicSettings.of(2, 1), SOON))
                .hasMessageContaining("set topics.partitions to 4");
    }

    @Test
    void shouldSayTheWayOutWhenOneTopicWasGivenMorePartitions() {
        List<TopicPlan> plans = TopicPlan.all(TopicSettings.of(4, 1));
        Map<String, Integer> found = new HashMap<>();
        plans.forEach(plan -> found.put(plan.name(), plan.partitions()));
        assertThat(PartitionCounts.defects(plans, found)).isEmpty();

        found.put(Topics.HEADERS, 6);
        assertThat(PartitionCounts.defects(plans, found))
                .singleElement()
                .asString()
                .contains("farshore.headers 6, farshore.progress 4, farshore.writes 4")
                .contains("give farshore.writes and farshore.progress 6 (")
                .contains("--alter --partitions 6")
                .contains("set topics.partitions to 6");
        // As it says, half-way and at the end.
        found.put(Topics.WRITES, 6);
        assertThat(PartitionCounts.defects(plans, found))
                .singleElement()
                .asString()
                .contains("give farshore.progress 6 (");
        found.put(Topics.PROGRESS, 6);
        assertThat(PartitionCounts.defects(TopicPlan.all(TopicSettings.of(6, 1)), found)).isEmpty();

        found.put(Topics.VOLUMES, 3);
        assertThat(PartitionCounts.defects(TopicPlan.all(TopicSettings.of(6, 1)), found))
                .singleElement()
                .asString()
                .contains("farshore.volumes has 3 partitions and needs 1")
                .contains("make the topic anew");
    }

    @Test
    void shouldRefuseAWritesTopicThatForgetsEvents() throws Exception {
        addTopic(Topics.WRITES, 4, Map.of("cleanup.policy", "compact"));

        assertThatThrownBy(() -> setup.ensure(TopicSettings.of(4, 1), SOON))
                .isInstanceOf(TopicSetupException.class)
                .hasMessageContaining(
                        "farshore.writes: cleanup.policy is compact instead of delete");
    }

    @Test
    void shouldAcceptWhatAnOperatorHasRaised() throws Exception {
        addTopic(
                Topics.WRITES,
                4,
                Map.of(
                        "cleanup.policy",
                        "delete",
                        "max.message.bytes",
                        "4000000",
                        "min.insync.replicas",
                        "2",
                        "unclean.leader.election.enable",
                        "false"));

        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThat(config(Topics.WRITES)).containsEntry("max.message.bytes", "4000000");
    }

    @Test
    void shouldSayThatTheBrokersDoNotAnswer() {
        admin.timeoutNextRequest(1000);

        assertThatThrownBy(() -> setup.ensure(TopicSettings.of(4, 1), Duration.ofMillis(1200)))
                .isInstanceOf(TopicSetupException.class)
                .hasMessageContaining("Kafka at broker:9092")
                .hasMessageContaining("in 3 tries over 1 s");
    }

    @Test
    void shouldTryAgainWhenTheBrokersAreLate() throws Exception {
        admin.timeoutNextRequest(1);

        setup.ensure(TopicSettings.of(4, 1), SOON);

        assertThat(topic(Topics.WRITES).partitions()).hasSize(4);
    }

    @Test
    void shouldSayThatThereAreTooFewBrokers() {
        assertThatThrownBy(() -> setup.ensure(TopicSettings.of(4, 5), Duration.ofMillis(10)))
                .isInstanceOf(TopicSetupException.class)
                .hasMessageContaining("eplication");
    }

    @Test
    void shouldRefuseSettingsThatMakeNoSense() {
        Retention hour = new Retention(Duration.ofHours(1), Retention.UNLIMITED_BYTES);
        Retention day = new Retention(Duration.ofDays(1), Retention.UNLIMITED_BYTES);

        assertThatThrownBy(() -> new TopicSettings(4, (short) 1, day, hour))
                .hasMessageContaining("headers: kept for PT1H, shorter than writes (PT24H)");
        assertThatThrownBy(() -> TopicSettings.of(0, 1)).hasMessageContaining("partitions: 0");
        assertThatThrownBy(() -> TopicSettings.of(1, 0)).hasMessageContaining("replicationFactor");
        assertThatThrownBy(() -> new Retention(Duration.ZERO, 1)).hasMessageContaining("time:");
        assertThatThrownBy(() -> new Retention(Duration.ofDays(1), 0))
                .hasMessageContaining("bytesPerPartition: 0");
    }

    private void addTopic(String name, int partitions, Map<String, String> config)
            throws Exception {
        Node broker = admin.describeCluster().nodes().get().iterator().next();
        List<TopicPartitionInfo> infos = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            infos.add(new TopicPartitionInfo(partition, broker, List.of(broker), List.of(broker)));
        }
        admin.addTopic(false, name, infos, config);
    }

    private TopicDescription topic(String name) throws ExecutionException, InterruptedException {
        return Objects.requireNonNull(
                admin.describeTopics(List.of(name)).allTopicNames().get().get(name));
    }

    private Map<String, String> config(String topic)
            throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config config =
                Objects.requireNonNull(
                        admin.describeConfigs(List.of(resource)).all().get().get(resource));
        Map<String, String> values = new HashMap<>();
        config.entries().forEach(entry -> values.put(entry.name(), entry.value()));
        return values;
    }
}
