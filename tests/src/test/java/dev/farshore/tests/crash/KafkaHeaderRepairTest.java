package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.capture.publish.KafkaHeaderRepair;
import dev.farshore.capture.publish.ProducerSettings;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Logs whose headers end early, each made record by record on a real broker. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class KafkaHeaderRepairTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PARTITION = 5;
    private static final String OWNER = new EpochOwner("a", "1").toString();
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private String brokers;
    private RegistryConnection registry;
    private FarshoreSerdes serdes;
    private KafkaProducer<String, byte[]> producer;
    private KafkaHeaderRepair repair;

    @BeforeAll
    void connect(KafkaEnvironment environment) throws Exception {
        brokers = environment.bootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            new TopicSetup(admin, brokers).ensure(TopicSettings.of(8, 1), PATIENCE);
        }
        registry = RegistryConnection.open(environment.registryUrl(), PATIENCE);
        serdes = registry.serdes();
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", brokers, "acks", "all"),
                        new StringSerializer(),
                        new ByteArraySerializer());
        Map<String, Object> client = Map.of("bootstrap.servers", brokers);
        repair =
                new KafkaHeaderRepair(
                        client,
                        new ProducerSettings(client, "repair", "lz4")::newProducer,
                        serdes.writeEventCodec(),
                        serdes.writeHeaderCodec());
    }

    @AfterAll
    void disconnect() {
        producer.close();
        registry.close();
    }

    @Test
    void shouldPublishWhatIsMissingAndNothingThatDoesNotCount() throws Exception {
        String vvol = "missing-tail";
        for (int seq = 1; seq <= 3; seq++) {
            header(vvol, seq, event(vvol, seq));
        }
        event(vvol, 4);
        event(vvol, 4);
        event(vvol, 5, 5); // of an epoch that never was
        event(vvol, 6); // behind a hole, comes again
        event(vvol, 5);
        event(vvol, 6);

        assertThat(repair.repair(vvol, PARTITION, at(3), 6)).isEqualTo(3);

        TopicsAudit.Findings found = audit(vvol);
        assertThat(found.headers()).isEqualTo(found.writes());
        assertThat(found.headers().seq()).isEqualTo(6);
    }

    @Test
    void shouldBeginBeforeACopyThatNothingFollows() throws Exception {
        String vvol = "copy-at-the-end";
        header(vvol, 1, event(vvol, 1));
        for (int seq = 2; seq <= 4; seq++) {
            event(vvol, seq);
        }
        header(vvol, 2, event(vvol, 2)); // sent again after a kill, and the last of all

        assertThat(repair.repair(vvol, PARTITION, at(2), 4)).isEqualTo(2);

        assertThat(audit(vvol).headers().seq()).isEqualTo(4);
    }

    @Test
    void shouldMakeAllHeadersWhereThereAreNone() throws Exception {
        String vvol = "no-headers";
        event(vvol, 1);
        event(vvol, 2);

        assertThat(repair.repair(vvol, PARTITION, LogCursor.START, 2)).isEqualTo(2);

        assertThat(audit(vvol).headers().seq()).isEqualTo(2);
    }

    @Test
    void shouldLeaveItToTheIndexToReadWhatIsThere() throws Exception {
        String vvol = "index-behind";
        for (int seq = 1; seq <= 3; seq++) {
            header(vvol, seq, event(vvol, seq));
        }

        assertThat(repair.repair(vvol, PARTITION, at(1), 3)).isZero();
        assertThat(repair.repair(vvol, PARTITION, LogCursor.START, 3)).isZero();
    }

    @Test
    void shouldFindTheHashChainAfterAnEventThatLaterOnesFollow() throws Exception {
        String vvol = "chained";
        for (int seq = 1; seq <= 3; seq++) {
            header(vvol, seq, event(vvol, seq));
        }

        assertThat(repair.chainAfter(vvol, PARTITION, 1, 2))
                .contains(ChainPoint.at(2, link(vvol, 2)));
        assertThat(repair.chainAfter(vvol, PARTITION, 2, 2)).as("of another epoch").isEmpty();
        assertThat(repair.chainAfter("unheard-of", PARTITION, 1, 1)).isEmpty();
    }

    @Test
    void shouldSayWhichEventIsNotInTheLogAnyMore() throws Exception {
        String vvol = "expired";
        header(vvol, 1, event(vvol, 1));
        event(vvol, 3);

        assertThatThrownBy(() -> repair.repair(vvol, PARTITION, at(1), 3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("headers of expired are missing from event 2 on")
                .hasMessageContaining("event 2 is not in farshore.writes any more");
    }

    private long event(String vvol, long seq) throws Exception {
        return event(vvol, 1, seq);
    }

    private long event(String vvol, int epoch, long seq) throws Exception {
        return send(
                Topics.WRITES,
                vvol,
                serdes.writeEventCodec().encode(eventHeader(vvol, epoch, seq), NOTHING));
    }

    private void header(String vvol, long seq, long writesOffset) throws Exception {
        send(
                Topics.HEADERS,
                vvol,
                serdes.writeHeaderCodec()
                        .encode(
                                new IndexedHeader(
                                        eventHeader(vvol, 1, seq), writesOffset, link(vvol, seq))));
    }

    /** As the owner makes it that publishes all from the first event on. */
    private static ChainLink link(String vvol, long seq) {
        HashChain chain = new HashChain();
        ChainPoint before =
                seq == 1
                        ? ChainPoint.startingAfter(0)
                        : ChainPoint.at(seq - 1, link(vvol, seq - 1));
        return chain.link(before, eventHeader(vvol, 1, seq), chain.hash(NOTHING));
    }

    private long send(String topic, String vvol, byte[] value) throws Exception {
        return producer.send(new ProducerRecord<>(topic, PARTITION, vvol, value))
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .offset();
    }

    private static EventHeader eventHeader(String vvol, int epoch, long seq) {
        EventKind kind = seq == 1 ? EventKind.EPOCH_OPENED : EventKind.FLUSH;
        return new EventHeader(
                vvol, epoch, seq, seq, kind, 0, 0, 0, 1_000_000, 0, seq == 1 ? OWNER : "");
    }

    private static LogCursor at(long seq) {
        return new LogCursor(1, OWNER, true, seq, seq, 0);
    }

    private TopicsAudit.Findings audit(String vvol) {
        return new TopicsAudit(
                        brokers,
                        vvol,
                        PARTITION,
                        serdes.writeEventCodec(),
                        serdes.writeHeaderCodec())
                .findings();
    }
}
