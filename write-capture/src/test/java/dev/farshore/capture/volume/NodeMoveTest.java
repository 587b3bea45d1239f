package dev.farshore.capture.volume;

import static dev.farshore.capture.volume.SectorCalls.read;
import static dev.farshore.capture.volume.SectorCalls.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.nbd.Exports;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A volume whose partition goes from one node of its site to another. */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Timeout(60)
class NodeMoveTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final List<AutoCloseable> opened = new ArrayList<>();

    private final class Node extends SimulatedNode {
        private final String name;

        Node(String name) throws IOException {
            super("a", name, folder.resolve(name), broker, events, headers, Duration.ofSeconds(3));
            this.name = name;
            opened.add(this);
        }

        Node awayFrom(Node other) {
            images.isKeptHere = false;
            images.hasImages = false;
            images.isCaughtUp = false;
            images.other = Optional.of(new SimulatedSite.Other(other.name, other.images));
            return this;
        }

        Path journal() {
            return folder.resolve(name).resolve("disk.journal");
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable node : opened.reversed()) {
            node.close();
        }
    }

    @Test
    void shouldSealWhatAnotherNodeKeepsNowAndNameThatNode() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        two.images.isKeptHere = false;
        both(one, two, spec(1));
        TestClient client = new TestClient();
        BlockDevice device = one.host.open("disk", client);
        write(device, 0, (byte) 1);

        two.images.isKeptHere = true;
        one.awayFrom(two);

        assertThat(client.disconnected.get(20, TimeUnit.SECONDS))
                .contains("node two at nbd://two/disk");
        await().atMost(PATIENCE).until(() -> Files.notExists(one.journal()));
        assertThat(kinds())
                .containsExactly(EventKind.EPOCH_OPENED, EventKind.WRITE, EventKind.EPOCH_SEALED);
        await().atMost(PATIENCE)
                .until(
                        () ->
                                two.host
                                        .notServed("disk")
                                        .equals("sealed, waiting for its next epoch"));
        both(one, two, spec(2));
        BlockDevice there = two.host.open("disk", new TestClient());
        assertThat(read(there, 0)).isEqualTo((byte) 1);
        write(there, 512, (byte) 2);
        assertThatThrownBy(() -> one.host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("connect to node two at nbd://two/disk");
        assertThat(one.host.list()).as("tools open every export of a list").isEmpty();
        assertThat(two.host.list()).extracting(Exports.Description::name).containsExactly("disk");
    }

    /** The coordinator would keep the first waiting for the second, and its guest with it. */
    @Test
    void shouldHoldNoVolumeOfAVmBeforeTheOtherNodeKeepsAllOfThem() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        two.images.isKeptHere = false;
        List<VolumeSpec> specs = List.of(spec("disk", 0, 1), spec("log", 1, 1));
        specs.forEach(one.host::specChanged);
        TestClient ofDisk = new TestClient();
        TestClient ofLog = new TestClient();
        BlockDevice disk = one.host.open("disk", ofDisk);
        one.host.open("log", ofLog);

        one.images.stillKept = Set.of(1);
        one.images.other = Optional.of(new SimulatedSite.Other("two", two.images));
        one.images.isKeptHere = false;
        one.host.reported("disk");
        int looks = one.images.imageLooks();
        await().atMost(PATIENCE).until(() -> one.images.imageLooks() > looks + 10);
        write(disk, 0, (byte) 1);
        assertThat(ofDisk.disconnected).as("served on").isNotDone();

        one.images.stillKept = Set.of();
        one.host.reported("log");
        assertThat(ofLog.disconnected.get(20, TimeUnit.SECONDS)).contains("node two");
        assertThat(ofDisk.disconnected.get(20, TimeUnit.SECONDS)).contains("node two");
        assertThat(events())
                .filteredOn(event -> event.vvol().equals("disk"))
                .extracting(EventHeader::kind)
                .startsWith(EventKind.EPOCH_OPENED, EventKind.WRITE);
    }

    @Test
    void shouldHandOverWhatADeadNodeHadInItsJournalWhenItIsBack() throws Exception {
        Node before = new Node("one");
        before.host.specChanged(spec(1));
        BlockDevice device = before.host.open("disk", new TestClient());
        before.publisher.close(); // from here on nothing reaches the log, as if killed
        write(device, 0, (byte) 5);
        before.close();

        Node two = new Node("two");
        two.host.specChanged(spec(1));
        assertThatThrownBy(() -> two.host.open("disk", new TestClient()))
                .hasMessageContaining("the journal of epoch 1 is at node one")
                .hasMessageContaining("farshore volume reopen disk");
        Node after = new Node("one").awayFrom(two);
        both(after, two, spec(1));
        await().atMost(PATIENCE).until(() -> Files.notExists(after.journal()));
        both(after, two, spec(2));

        assertThat(read(two.host.open("disk", new TestClient()), 0)).isEqualTo((byte) 5);
        assertThat(kinds())
                .containsExactly(
                        EventKind.EPOCH_OPENED,
                        EventKind.WRITE,
                        EventKind.EPOCH_SEALED,
                        EventKind.EPOCH_OPENED);
    }

    @Test
    void shouldNotSealAnEpochThatAnotherNodeHasOpened() throws Exception {
        Node loser = new Node("one");
        loser.publisher.close(); // its opening stays in the journal
        loser.host.specChanged(spec(1));
        await().atMost(PATIENCE).until(() -> Files.exists(loser.journal()));
        loser.close();
        Node winner = new Node("two");
        winner.host.specChanged(spec(1));
        BlockDevice device = winner.host.open("disk", new TestClient());

        Node again = new Node("one").awayFrom(winner);
        again.host.specChanged(spec(1));

        await().atMost(PATIENCE).until(() -> Files.notExists(again.journal()));
        write(device, 0, (byte) 3);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(EventKind.EPOCH_OPENED, EventKind.WRITE));
    }

    @Test
    void shouldSetAJournalAsideThatEndsBeforeWhatTheOtherNodeHas() throws Exception {
        Node before = new Node("one");
        before.host.specChanged(spec(1));
        BlockDevice device = before.host.open("disk", new TestClient());
        write(device, 0, (byte) 1);
        await().atMost(PATIENCE).until(() -> kinds().size() == 2);
        Path saved = folder.resolve("saved");
        Files.copy(before.journal(), saved);
        write(device, 0, (byte) 2);
        await().atMost(PATIENCE).until(() -> kinds().size() == 3);
        before.close();
        Files.copy(saved, before.journal(), StandardCopyOption.REPLACE_EXISTING);

        Node two = new Node("two");
        two.host.specChanged(spec(1));
        Node after = new Node("one").awayFrom(two);
        after.host.specChanged(spec(1));

        await().atMost(PATIENCE)
                .until(() -> Files.exists(folder.resolve("one").resolve("disk.journal.lost-1")));
        assertThat(kinds()).doesNotContain(EventKind.EPOCH_SEALED);
    }

    @Test
    void shouldCountOnBehindWhatOtherVolumesOfTheVmHaveSeen() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        two.images.isKeptHere = false;
        both(one, two, spec("disk", 1));
        both(one, two, spec("log", 1));
        BlockDevice log = one.host.open("log", new TestClient());
        write(log, 0, (byte) 1);
        BlockDevice disk = one.host.open("disk", new TestClient());
        for (int count = 0; count < 50; count++) {
            write(disk, 0, (byte) count);
        }
        two.images.isKeptHere = true;
        one.awayFrom(two);
        await().atMost(PATIENCE)
                .until(() -> Collections.frequency(kinds(), EventKind.EPOCH_SEALED) == 2);

        // The volume that has seen little is the first to be written again.
        both(one, two, spec("log", 2));
        write(two.host.open("log", new TestClient()), 512, (byte) 2);

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            List<EventHeader> all = events();
                            long newest =
                                    all.stream()
                                            .filter(event -> event.vvol().equals("disk"))
                                            .mapToLong(EventHeader::vmSeq)
                                            .max()
                                            .orElseThrow();
                            assertThat(all.getLast().kind()).isEqualTo(EventKind.WRITE);
                            assertThat(all.getLast().vmSeq()).isGreaterThan(newest);
                        });
    }

    @Test
    void shouldLetReadsWaitForAnImageThatIsAwayForAMoment() throws Exception {
        Node one = new Node("one");
        one.host.specChanged(spec(1));
        BlockDevice device = one.host.open("disk", new TestClient());
        write(device, 0, (byte) 1);
        one.images.hasImages = false;

        CompletableFuture<Byte> reading = new CompletableFuture<>();
        Thread reader =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> reading.completeAsync(() -> readByte(device), Runnable::run));
        await().atMost(PATIENCE).until(() -> one.images.imageLooksOf(reader) > 5);
        assertThat(reading).isNotDone();
        one.images.hasImages = true;

        assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo((byte) 1);
    }

    private static byte readByte(BlockDevice device) {
        try {
            return read(device, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void both(Node one, Node two, VolumeSpec spec) {
        one.host.specChanged(spec);
        two.host.specChanged(spec);
    }

    private List<EventHeader> events() {
        return new LogReader(events, headers).validEvents(broker.log());
    }

    private List<EventKind> kinds() {
        return events().stream().map(EventHeader::kind).toList();
    }

    private static VolumeSpec spec(int epoch) {
        return spec("disk", epoch);
    }

    private static VolumeSpec spec(String vvol, int epoch) {
        return spec(vvol, 0, epoch);
    }

    private static VolumeSpec spec(String vvol, int partition, int epoch) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm("vm")
                .setSizeBytes(1 << 20)
                .setPartition(partition)
                .setOwner("a")
                .setEpoch(epoch)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }
}
