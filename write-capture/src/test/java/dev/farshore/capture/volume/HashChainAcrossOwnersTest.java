package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.startWrite;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.Lane;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.ChainVerdict;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One chain over a volume's headers, whoever publishes them, and however often. */
@Timeout(60)
class HashChainAcrossOwnersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(5, 0.01);
    private final LogReader reader = new LogReader(events, headers);
    private final List<SimulatedNode> running = new ArrayList<>();

    @AfterEach
    void stop() {
        running.reversed().forEach(SimulatedNode::close);
        System.clearProperty(Lane.WITHOUT_CHAIN);
    }

    @Test
    void shouldGoOnAfterAKillAndAtTheNextOwner() throws Exception {
        SimulatedNode a = node("a", "a");
        a.host.specChanged(spec("a", 1, Phase.OPEN));
        writeTenAndAwaitRelease(a);
        broker.fallSilent();
        BlockDevice device = a.host.open("disk", new TestClient());
        for (int i = 0; i < 5; i++) {
            write(device, 512L * i, (byte) (10 + i));
        }
        Path killed = copyOf(folder.resolve("a"), "a-killed");
        long newestSeq = a.host.status("disk").orElseThrow().writing().acknowledgedSeq();
        broker.answer();
        // So the log is ahead of what the journal of the killed process has let go of.
        await().atMost(PATIENCE).until(() -> newest().seq() == newestSeq);
        a.close();
        running.remove(a);

        SimulatedNode restarted = node("a", killed.getFileName().toString());
        SimulatedNode b = node("b", "b");
        both(restarted, b, spec("a", 1, Phase.OPEN));
        writeTenAndAwaitRelease(restarted);
        handOver(restarted, b, "a", 2, "b"); // the restart has opened epoch 2
        writeTenAndAwaitRelease(b);
        handOver(restarted, b, "b", 3, "a");
        writeTenAndAwaitRelease(restarted);

        List<ChainVerdict> verdicts = verdicts();
        assertThat(verdicts).hasSizeGreaterThan(45);
        assertThat(verdicts.getFirst()).isEqualTo(ChainVerdict.STARTS);
        assertThat(verdicts.subList(1, verdicts.size())).containsOnly(ChainVerdict.FOLLOWS);
    }

    @Test
    void shouldStartBehindEventsOfABuildWithoutIt() throws Exception {
        System.setProperty(Lane.WITHOUT_CHAIN, "true");
        SimulatedNode old = node("a", "a");
        old.host.specChanged(spec("a", 1, Phase.OPEN));
        writeTenAndAwaitRelease(old);
        int before = verdicts().size();
        old.close();
        running.remove(old);
        System.clearProperty(Lane.WITHOUT_CHAIN);

        SimulatedNode current = node("a", "a");
        current.host.specChanged(spec("a", 1, Phase.OPEN));
        writeTenAndAwaitRelease(current);

        List<ChainVerdict> verdicts = verdicts();
        assertThat(verdicts.subList(0, before)).containsOnly(ChainVerdict.NONE);
        assertThat(verdicts.get(before)).isEqualTo(ChainVerdict.STARTS);
        assertThat(verdicts.subList(before + 1, verdicts.size()))
                .containsOnly(ChainVerdict.FOLLOWS);
    }

    private void handOver(
            SimulatedNode one, SimulatedNode other, String from, int epoch, String to) {
        both(one, other, spec(from, epoch, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> newest().kind() == EventKind.EPOCH_SEALED);
        both(one, other, spec(to, epoch + 1, Phase.OPEN));
    }

    private EventHeader newest() {
        return reader.validHeaders(broker.log()).getLast();
    }

    private List<ChainVerdict> verdicts() {
        return reader.chainVerdicts(broker.log(), "disk");
    }

    /** So the journal has let go of some, and can't tell the chain from its first event on. */
    private void writeTenAndAwaitRelease(SimulatedNode node) throws Exception {
        await().atMost(PATIENCE)
                .until(() -> node.host.status("disk").orElseThrow().state().equals("open"));
        BlockDevice device = node.host.open("disk", new TestClient());
        for (int i = 0; i < 10; i++) {
            startWrite(device, 512L * i, (byte) i);
        }
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            SessionStatus writing =
                                    node.host.status("disk").orElseThrow().writing();
                            return writing.oldestSeq() > writing.acknowledgedSeq();
                        });
    }

    private static void both(SimulatedNode one, SimulatedNode other, VolumeSpec spec) {
        one.host.specChanged(spec);
        other.host.specChanged(spec);
    }

    private SimulatedNode node(String site, String journals) throws IOException {
        SimulatedNode node =
                new SimulatedNode(
                        site,
                        site + "-1",
                        folder.resolve(journals),
                        broker,
                        events,
                        headers,
                        PATIENCE);
        running.add(node);
        return node;
    }

    private Path copyOf(Path journals, String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        try (var files = Files.list(journals)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private static VolumeSpec spec(String owner, int epoch, Phase phase) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner(owner)
                .setEpoch(epoch)
                .setPhase(phase)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
