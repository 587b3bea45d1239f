package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.flush;
import static dev.farshore.capture.volume.SectorCalls.read;
import static dev.farshore.capture.volume.SectorCalls.startWrite;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Two processes of one node name, one data folder a copy of the other's: whatever they do, what a
 * FLUSH has answered for is in the log as an event that counts ({@code FlushedMeansKept}).
 */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
@Timeout(120)
class CopiedJournalTest {
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
    void shouldLetOnlyOneOfTwoProcessesGoOnFromCopiesOfAJournal() throws Exception {
        writeAndStop("one");
        Files.createDirectories(folder.resolve("two"));
        Files.copy(journal("one"), journal("two"));

        SimulatedNode one = node("one");
        SimulatedNode two = node("two");
        one.host.specChanged(spec());
        two.host.specChanged(spec());

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(served()).hasSize(1));
        await().atMost(PATIENCE).until(() -> isAside("one") != isAside("two"));
        for (SimulatedNode owner : served()) {
            BlockDevice device = owner.host.open("disk", new TestClient());
            assertThat(read(device, 0)).isEqualTo((byte) 1);
            write(device, 512, (byte) 2);
            flush(device).get(20, TimeUnit.SECONDS);
        }
        assertThat(kinds())
                .containsExactly(
                        EventKind.EPOCH_OPENED,
                        EventKind.WRITE,
                        EventKind.FLUSH,
                        EventKind.EPOCH_OPENED,
                        EventKind.WRITE,
                        EventKind.FLUSH);
    }

    @Test
    void shouldAnswerNoFlushOfAnOwnerWhoseJournalWasCopiedAndIsOpenElsewhere() throws Exception {
        SimulatedNode one = node("one");
        one.host.specChanged(spec());
        BlockDevice before = one.host.open("disk", new TestClient());
        write(before, 0, (byte) 1);
        flush(before).get(20, TimeUnit.SECONDS);
        one.images.isStopped = true; // as its stream threads are when another joins as this node
        Files.createDirectories(folder.resolve("two"));
        Files.copy(journal("one"), journal("two"));

        SimulatedNode two = node("two");
        two.host.specChanged(spec());
        BlockDevice after = two.host.open("disk", new TestClient());
        write(after, 512, (byte) 2);
        flush(after).get(20, TimeUnit.SECONDS);
        write(before, 512, (byte) 3);
        CompletableFuture<Void> flushed = flush(before);
        flush(before); // acknowledgements come in order: with its own, the other has been looked at
        await().atMost(PATIENCE)
                .until(() -> one.host.unpublished("disk").equals(Optional.of(Unpublished.NONE)));

        assertThat(flushed).as("its events are in the log, and do not count").isNotDone();
        assertThat(read(after, 512)).isEqualTo((byte) 2);
        one.images.isStopped = false;
        assertThat(flushed).failsWithin(PATIENCE);
        assertThatThrownBy(() -> one.host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class);
    }

    @Test
    void shouldSetAnOldCopyOfAJournalAsideAndSayWhy() throws Exception {
        writeAndStop("one");
        Files.createDirectories(folder.resolve("two"));
        Files.copy(journal("one"), journal("two"));
        SimulatedNode one = node("one");
        one.host.specChanged(spec());
        BlockDevice device = one.host.open("disk", new TestClient());
        write(device, 512, (byte) 2);
        flush(device).get(20, TimeUnit.SECONDS);

        SimulatedNode two = node("two");
        two.host.specChanged(spec());

        assertThatThrownBy(() -> two.host.open("disk", new TestClient()))
                .hasMessageContaining("from a copy of this journal, at node a-1");
        assertThat(isAside("two")).isTrue();
        write(device, 1024, (byte) 3);
        flush(device).get(20, TimeUnit.SECONDS);
    }

    @Test
    void shouldSealTheOldEpochAtOnceWhenItComesBackWhileItIsToBeHandedOver() throws Exception {
        writeAndStop("one");

        SimulatedNode one = node("one");
        one.host.specChanged(spec(Phase.SEALED));

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.FLUSH,
                                                EventKind.EPOCH_SEALED));
    }

    /** A write each, at places of their own, by whoever serves it, through restarts and copies. */
    @Test
    void shouldKeepWhatAnyOfThemAnsweredForThroughRestartsAndCopies() throws Exception {
        Map<Integer, Byte> answered = new HashMap<>();
        writeAndStop("one");
        for (int round = 1; round <= 8; round++) {
            Files.createDirectories(folder.resolve("two"));
            if (Files.exists(journal("one"))) {
                Files.copy(journal("one"), journal("two"), StandardCopyOption.REPLACE_EXISTING);
            }
            SimulatedNode one = node("one");
            SimulatedNode two = node("two");
            one.host.specChanged(spec());
            two.host.specChanged(spec());
            await().atMost(PATIENCE).until(() -> !served().isEmpty());
            byte value = 0;
            for (SimulatedNode owner : List.of(one, two)) {
                value++;
                int sector = round * 2 + value;
                if (writeAndFlush(owner, sector, value)) {
                    answered.put(sector, value);
                }
            }
            one.close();
            two.close();
            opened.clear();
            if (!Files.exists(journal("one"))) {
                Files.move(journal("two"), journal("one"));
            }
        }

        SimulatedNode last = node("one");
        last.host.specChanged(spec());
        BlockDevice device = last.host.open("disk", new TestClient());
        assertThat(answered).hasSizeGreaterThanOrEqualTo(8);
        for (Map.Entry<Integer, Byte> write : answered.entrySet()) {
            assertThat(read(device, write.getKey() * 512L)).isEqualTo(write.getValue());
        }
    }

    private static boolean writeAndFlush(SimulatedNode node, int sector, byte value)
            throws Exception {
        try (BlockDevice device = node.host.open("disk", new TestClient())) {
            startWrite(device, sector * 512L, value).get(5, TimeUnit.SECONDS);
            flush(device).get(5, TimeUnit.SECONDS);
            return true;
        } catch (ExportUnavailableException
                | java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            return false;
        }
    }

    private void writeAndStop(String where) throws Exception {
        SimulatedNode node = node(where);
        node.host.specChanged(spec());
        await().atMost(PATIENCE).until(() -> served().contains(node));
        BlockDevice device = node.host.open("disk", new TestClient());
        write(device, 0, (byte) 1);
        flush(device).get(20, TimeUnit.SECONDS);
        node.close();
        opened.remove(node);
    }

    private List<SimulatedNode> served() {
        return opened.stream()
                .map(SimulatedNode.class::cast)
                .filter(
                        node ->
                                node.host
                                        .status("disk")
                                        .map(status -> status.state().equals("open"))
                                        .orElse(false))
                .toList();
    }

    private Path journal(String where) {
        return folder.resolve(where).resolve("disk.journal");
    }

    private boolean isAside(String where) {
        String[] files = folder.resolve(where).toFile().list();
        return Arrays.stream(files).anyMatch(file -> file.startsWith("disk.journal.lost"));
    }

    private SimulatedNode node(String where) throws IOException {
        SimulatedNode node =
                new SimulatedNode(
                        "a",
                        "a-1",
                        folder.resolve(where),
                        broker,
                        events,
                        headers,
                        Duration.ofSeconds(1));
        opened.add(node);
        return node;
    }

    private List<EventKind> kinds() {
        return new LogReader(events, headers)
                .validEvents(broker.log()).stream().map(EventHeader::kind).toList();
    }

    private static VolumeSpec spec() {
        return spec(Phase.OPEN);
    }

    private static VolumeSpec spec(Phase phase) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(phase)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
