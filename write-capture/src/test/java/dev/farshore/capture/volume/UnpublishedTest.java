package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainVerdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class UnpublishedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @Test
    void shouldCountWhatIsAcknowledgedAndNotYetInTheLog() throws Exception {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (SimulatedNode node = node(broker)) {
            node.host.specChanged(spec("disk"));
            BlockDevice device = node.host.open("disk", new TestClient());
            await().atMost(PATIENCE).until(() -> unpublished(node).equals(Unpublished.NONE));

            broker.fallSilent();
            for (int i = 0; i < 3; i++) {
                SectorCalls.write(device, 512 * i, (byte) 1);
            }
            Thread.sleep(20);
            Unpublished held = unpublished(node);
            assertThat(held.events()).isEqualTo(3);
            assertThat(held.bytes()).isEqualTo(3 * 512);
            assertThat(held.ageMicros()).isBetween(20_000L, PATIENCE.toNanos() / 1000);

            broker.answer();
            await().atMost(PATIENCE).until(() -> unpublished(node).equals(Unpublished.NONE));
        }
    }

    @Test
    void shouldLetAloneWaitTheVolumeWhoseEventsAreRefusedAndSayWhatToDo() throws Exception {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (SimulatedNode node = node(broker)) {
            node.host.specChanged(spec("disk"));
            node.host.specChanged(spec("other"));
            BlockDevice disk = node.host.open("disk", new TestClient());
            BlockDevice other = node.host.open("other", new TestClient());
            await().atMost(PATIENCE).until(() -> unpublished(node).equals(Unpublished.NONE));

            broker.refuse("disk");
            SectorCalls.write(disk, 0, (byte) 1);
            await().atMost(PATIENCE).until(() -> !node.host.notServed("disk").isEmpty());
            SectorCalls.write(disk, 512, (byte) 2);
            assertThat(SectorCalls.flush(disk)).isNotDone();
            for (int i = 0; i < 100; i++) {
                SectorCalls.write(other, 0, (byte) i);
                SectorCalls.flush(other).get(1, TimeUnit.SECONDS);
            }

            assertThat(node.host.notServed("disk"))
                    .contains("farshore.writes refuses event 2 (larger than 7 bytes)")
                    .contains("set max.message.bytes of farshore.writes to ");
            assertThat(node.host.status("disk").orElseThrow().reason())
                    .isEqualTo(node.host.notServed("disk"));
            assertThat(node.host.notServed("other")).isEmpty();
            assertThat(unpublished(node).events()).isEqualTo(3);
            assertThat(broker.producersMade()).isEqualTo(1);

            broker.refuse("");
            await().atMost(PATIENCE).until(() -> unpublished(node).equals(Unpublished.NONE));
            SectorCalls.flush(disk).get(1, TimeUnit.SECONDS);
            assertThat(node.host.notServed("disk")).isEmpty();
            assertThat(broker.producersMade()).isEqualTo(1);
        }
        LogReader reader = new LogReader(new WriteEventCodec(1), new WriteHeaderCodec(2));
        assertThat(reader.chainVerdicts(broker.log(), "disk"))
                .doesNotContain(ChainVerdict.BROKEN)
                .hasSize(5);
    }

    private SimulatedNode node(FlakyBroker broker) throws Exception {
        return new SimulatedNode(
                "a",
                "a-1",
                folder,
                broker,
                new WriteEventCodec(1),
                new WriteHeaderCodec(2),
                PATIENCE);
    }

    private static Unpublished unpublished(SimulatedNode node) {
        return node.host.status("disk").orElseThrow().writing().unpublished();
    }

    private static VolumeSpec spec(String vvol) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
