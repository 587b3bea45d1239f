package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** A volume that its owner could not open yet: there is no image that could tell of it. */
@Timeout(60)
class NeverOpenedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long MORE_THAN_ANY_DISK_BYTES = 1L << 60;

    @TempDir private Path folder;

    @Test
    void shouldSayThatItsJournalDoesNotFitTheDiskUntilItDoes() throws Exception {
        try (SimulatedNode node = node()) {
            node.host.specChanged(spec("a", MORE_THAN_ANY_DISK_BYTES));

            await().atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(node.host.troubles())
                                            .hasEntrySatisfying(
                                                    "db",
                                                    reason ->
                                                            assertThat(reason)
                                                                    .contains(
                                                                            "no room for journal")));

            node.host.specChanged(spec("a", 4 << 20));
            await().atMost(PATIENCE).until(() -> node.host.troubles().isEmpty());
            assertThat(node.host.notServed("db")).isEmpty();
        }
    }

    @Test
    void shouldNotComplainOfWhatAnotherNodeOrSiteIsToServe() throws Exception {
        try (SimulatedNode node = node()) {
            node.images.isKeptHere = false;
            node.host.specChanged(spec("a", MORE_THAN_ANY_DISK_BYTES));
            await().atMost(PATIENCE)
                    .until(() -> node.host.notServed("db").contains("another node"));
            assertThat(node.host.troubles()).isEmpty();

            node.images.isKeptHere = true;
            await().atMost(PATIENCE).until(() -> !node.host.troubles().isEmpty());
            node.host.specChanged(spec("b", MORE_THAN_ANY_DISK_BYTES));
            assertThat(node.host.troubles()).isEmpty();
        }
    }

    private SimulatedNode node() throws Exception {
        return new SimulatedNode(
                "a",
                "a-1",
                folder,
                new FlakyBroker(7, 0),
                new WriteEventCodec(1),
                new WriteHeaderCodec(2),
                Duration.ofSeconds(10));
    }

    private static VolumeSpec spec(String owner, long journalBytes) {
        return VolumeSpec.newBuilder()
                .setVvol("db")
                .setVm("")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner(owner)
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(journalBytes)
                .build();
    }
}
