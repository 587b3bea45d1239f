package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.read;
import static dev.farshore.capture.volume.SectorCalls.startWrite;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A journal whose pages can't be had any more, beside one that is well. */
@Timeout(60)
class FailedJournalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @Test
    void shouldAnswerItsWritesWithErrorsAndLeaveOtherVolumesAlone() throws Exception {
        try (SimulatedNode node =
                new SimulatedNode(
                        "a",
                        "a-1",
                        folder,
                        new FlakyBroker(7, 0),
                        new WriteEventCodec(1),
                        new WriteHeaderCodec(2),
                        Duration.ofSeconds(10))) {
            node.host.specChanged(spec("broken"));
            node.host.specChanged(spec("well"));
            BlockDevice broken = node.host.open("broken", new TestClient(true));
            BlockDevice well = node.host.open("well", new TestClient(true));
            write(broken, 0, (byte) 1);
            await().atMost(PATIENCE).until(() -> read(broken, 0) == 1);

            // What a disk does that fails: whoever touches a page of it gets a bus error.
            try (FileChannel file =
                    FileChannel.open(folder.resolve("broken.journal"), StandardOpenOption.WRITE)) {
                file.truncate(0);
            }

            CompletableFuture<Void> lost = startWrite(broken, 512, (byte) 2);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(lost).isCompletedExceptionally());
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(node.host.notServed("broken"))
                                            .contains("its journal has failed")
                                            .contains("restart the node"));
            assertThat(startWrite(broken, 1024, (byte) 3)).isCompletedExceptionally();
            // Publisher and release thread are alive.
            write(well, 0, (byte) 4);
            await().atMost(PATIENCE).until(() -> oldestSeq(node) == 3);
            assertThat(node.host.notServed("well")).isEmpty();
        }
    }

    private static long oldestSeq(SimulatedNode node) {
        SessionStatus writing = node.host.status("well").orElseThrow().writing();
        return writing == null ? 0 : writing.oldestSeq();
    }

    private static VolumeSpec spec(String vvol) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm("")
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
