package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.tests.crash.TopicsAudit;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * A host's crash as it shows afterwards: the journal ends before the log does, and the events it
 * has lost have no headers. The log is given such an end here, in the owner's name.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HeaderRepairTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String VVOL = "owed-disk";
    private static final long SIZE_BYTES = 16L << 20;
    private static final int BLOCK_BYTES = 4096;
    private static final int LOST_EVENTS = 50;

    @Test
    void shouldOpenAgainBehindTheLogAndPublishTheHeadersThatItsLastOwnerOwed(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        try (RegistryConnection registry =
                        RegistryConnection.open(environment.registryUrl(), PATIENCE);
                Sites sites = new Sites(folder, environment, "ha")) {
            sites.createVolume(VVOL, SIZE_BYTES, "ha");
            try (NbdClient client = connect(sites)) {
                client.write(0, block(1), false).join();
                client.flush().join();
            }
            sites.awaitHardened(VVOL);
            TopicsAudit topics = topics(environment, sites, registry.serdes());
            await().atMost(PATIENCE)
                    .until(topics::findings, found -> found.headers().equals(found.writes()));
            sites.node("ha").kill();
            LogCursor end = topics.findings().writes();
            appendWithoutHeaders(
                    environment, spec(sites), end, registry.serdes().writeEventCodec());

            sites.node("ha").start();
            Path kept = sites.node("ha").journal(VVOL).resolveSibling(VVOL + ".journal.lost-1");
            await("journal set aside").atMost(PATIENCE).until(() -> kept.toFile().exists());
            assertThat(topics.findings().headers().seq()).isEqualTo(end.seq());
            sites.coordinator().vms().reopen(VVOL);

            try (NbdClient client = reconnect(sites)) {
                ByteBuffer read = ByteBuffer.allocateDirect(BLOCK_BYTES);
                client.read((long) LOST_EVENTS * BLOCK_BYTES, read).join();
                assertThat(read.flip()).isEqualTo(block(LOST_EVENTS));
                client.write(0, block(2), false).join();
                client.flush().join();
            }
            TopicsAudit.Findings found =
                    await().atMost(PATIENCE)
                            .until(
                                    topics::findings,
                                    findings -> findings.headers().equals(findings.writes()));
            assertThat(found.writes().epoch()).isEqualTo(2);
            assertThat(found.writes().seq()).isEqualTo(end.seq() + LOST_EVENTS + 3);
        }
    }

    /** What the owner had sent of its last moments: events, some twice, and no headers. */
    private static void appendWithoutHeaders(
            KafkaEnvironment environment, VolumeSpec spec, LogCursor end, WriteEventCodec codec)
            throws Exception {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", environment.bootstrapServers(), "acks", "all"),
                        new StringSerializer(),
                        new ByteArraySerializer())) {
            for (int event = 1; event <= LOST_EVENTS; event++) {
                byte[] value = codec.encode(header(end, event), block(event));
                for (int copy = 0; copy < (event % 7 == 0 ? 2 : 1); copy++) {
                    producer.send(
                                    new ProducerRecord<>(
                                            Topics.WRITES, spec.getPartition(), VVOL, value))
                            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                }
            }
        }
    }

    private static EventHeader header(LogCursor end, int event) {
        CRC32C crc = new CRC32C();
        crc.update(block(event));
        return new EventHeader(
                VVOL,
                end.epoch(),
                end.seq() + event,
                end.vmSeq() + event,
                EventKind.WRITE,
                (long) event * BLOCK_BYTES,
                BLOCK_BYTES,
                end.totalBytes() + (long) event * BLOCK_BYTES,
                System.currentTimeMillis() * 1000,
                (int) crc.getValue(),
                "");
    }

    private static ByteBuffer block(int value) {
        byte[] block = new byte[BLOCK_BYTES];
        Arrays.fill(block, (byte) value);
        return ByteBuffer.wrap(block);
    }

    private static NbdClient connect(Sites sites) throws IOException {
        return NbdClient.connect(sites.locate(VVOL), PATIENCE);
    }

    private static NbdClient reconnect(Sites sites) {
        return await("volume open again")
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> connect(sites), client -> true);
    }

    private static VolumeSpec spec(Sites sites) {
        return sites.coordinator().volumes().require(VVOL);
    }

    private static TopicsAudit topics(
            KafkaEnvironment environment, Sites sites, FarshoreSerdes serdes) {
        return new TopicsAudit(
                environment.bootstrapServers(),
                VVOL,
                spec(sites).getPartition(),
                serdes.writeEventCodec(),
                serdes.writeHeaderCodec());
    }
}
