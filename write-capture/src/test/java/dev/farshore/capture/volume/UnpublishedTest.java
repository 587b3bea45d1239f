package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.nbd.BlockDevice;
import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

@Timeout(60)
class UnpublishedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @Test
    void shouldCountWhatIsAcknowledgedAndNotYetInTheLog() throws Exception {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (SimulatedNode node =
                new SimulatedNode(
                        "a",
                        "a-1",
                        folder,
                        broker,
                        new WriteEventCodec(1),
                        new WriteHeaderCodec(2),
                        PATIENCE)) {
            node.host.specChanged(spec());
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

    private static Unpublished unpublished(SimulatedNode node) {
        return node.host.status("disk").orElseThrow().writing().unpublished();
    }

    private static VolumeSpec spec() {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
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
