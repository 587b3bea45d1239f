package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.flush;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** An owner whose appliers have died does not see that another has opened the next epoch. */
@Timeout(60)
class ReplacedOwnerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable node : opened.reversed()) {
            node.close();
        }
    }

    @Test
    void shouldNotAnswerAFlushOfEventsThatDoNotCount() throws Exception {
        SimulatedNode zombie = node("one");
        zombie.host.specChanged(spec(1));
        BlockDevice before = zombie.host.open("disk", new TestClient());
        write(before, 0, (byte) 1);
        flush(before).get();
        zombie.images.isStopped = true;
        SimulatedNode owner = node("two");
        owner.host.specChanged(spec(2));
        BlockDevice after = owner.host.open("disk", new TestClient());
        write(after, 0, (byte) 2);
        flush(after).get();
        write(before, 0, (byte) 3);
        CompletableFuture<Void> flushed = flush(before);
        flush(before); // acknowledgements come in order: with its own, the other has been looked at
        await().atMost(PATIENCE)
                .until(() -> zombie.host.unpublished("disk").equals(Optional.of(Unpublished.NONE)));

        assertThat(flushed).as("its events are in the log, and do not count").isNotDone();
        zombie.images.isStopped = false;
        assertThat(flushed).failsWithin(PATIENCE);
    }

    private SimulatedNode node(String name) throws IOException {
        SimulatedNode node =
                new SimulatedNode(
                        "a",
                        name,
                        folder.resolve(name),
                        broker,
                        events,
                        headers,
                        Duration.ofSeconds(3));
        opened.add(node);
        return node;
    }

    private static VolumeSpec spec(int epoch) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(epoch)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
