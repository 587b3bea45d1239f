package dev.farshore.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.MockAdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

class TopicRiskTest {

    @ParameterizedTest
    @CsvSource({
        "3, 2, false, false, ''",
        "4, 3, false, false, ''",
        "1, 1, false, true, kept once",
        "2, 1, false, true, '2 copies, but min.insync.replicas is 1'",
        "3, 1, false, true, '3 copies, but min.insync.replicas is 1'",
        "3, 2, true, true, unclean.leader.election.enable is true",
        "2, 2, false, false, writing stops as soon as one broker is away",
        "3, 3, false, false, writing stops as soon as one broker is away",
        "2, 3, false, false, nothing can be written"
    })
    void shouldTellWhetherATopicCanLoseEvents(
            int copies, int insync, boolean unclean, boolean canLose, String text) {
        List<TopicRisk> risks =
                TopicRisk.of(
                        topic(
                                copies,
                                Map.of(
                                        "min.insync.replicas",
                                        "" + insync,
                                        "unclean.leader.election.enable",
                                        "" + unclean)));

        assertThat(risks.stream().anyMatch(TopicRisk::canLoseEvents)).isEqualTo(canLose);
        if (text.isEmpty()) {
            assertThat(risks).isEmpty();
        } else {
            assertThat(risks).singleElement().extracting(TopicRisk::text).asString().contains(text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 1000, false",
        "1000, 999, true",
        "-1, 1000, true",
        "1000, -1, false",
        "-1, -1, false"
    })
    void shouldWarnOfHeadersThatAreForgottenFirst(
            String ofWrites, String ofHeaders, boolean isRisk) {
        assertThat(
                        TopicRisk.ofRetention(
                                topic(3, Map.of("retention.ms", ofWrites)),
                                topic(3, Map.of("retention.ms", ofHeaders))))
                .hasSize(isRisk ? 1 : 0);
    }

    @Test
    void shouldFindTheRisksOfTheTopicsThatThereAre() throws Exception {
        try (MockAdminClient admin = MockAdminClient.create().numBrokers(3).build()) {
            create(admin, Topics.WRITES, 3, "delete");
            create(admin, Topics.VOLUMES, 1, "compact");

            TopicCheck check = new TopicCheck(admin, Topics.ALL, Duration.ofSeconds(5));
            Map<String, List<TopicRisk>> risks = check.look();

            assertThat(risks.keySet()).containsExactly(Topics.WRITES, Topics.VOLUMES);
            assertThat(risks.get(Topics.WRITES)).isEmpty();
            assertThat(risks.get(Topics.VOLUMES)).hasSize(1);
            check.requireUsable();
        }
    }

    @Test
    void shouldRefuseALogThatIsCompacted() throws Exception {
        try (MockAdminClient admin = MockAdminClient.create().numBrokers(3).build()) {
            create(admin, Topics.WRITES, 3, "compact");
            TopicCheck check = new TopicCheck(admin, Topics.ALL, Duration.ofSeconds(5));
            check.look();

            assertThatThrownBy(check::requireUsable)
                    .isInstanceOf(TopicSetupException.class)
                    .hasMessageContaining(
                            "farshore.writes: cleanup.policy is compact instead of delete");
        }
    }

    private static void create(MockAdminClient admin, String name, int copies, String policy)
            throws Exception {
        admin.createTopics(
                        List.of(
                                new NewTopic(name, 1, (short) copies)
                                        .configs(
                                                Map.of(
                                                        "cleanup.policy",
                                                        policy,
                                                        "min.insync.replicas",
                                                        "" + Math.max(1, copies - 1)))))
                .all()
                .get();
    }

    private static ExistingTopic topic(int copies, Map<String, String> settings) {
        List<Node> brokers =
                IntStream.range(0, copies).mapToObj(id -> new Node(id, "host", 1)).toList();
        return new ExistingTopic(
                new TopicDescription(
                        "topic",
                        false,
                        List.of(new TopicPartitionInfo(0, brokers.getFirst(), brokers, brokers))),
                new Config(
                        settings.entrySet().stream()
                                .map(entry -> new ConfigEntry(entry.getKey(), entry.getValue()))
                                .toList()));
    }
}
