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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Volumes of two sites over one log: opened, written, sealed, handed over, killed and resumed. */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
@Timeout(60)
class VolumeHostTest {
    private static final int SIZE_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** A node's own parts, as the node wires them. */
    private final class Site extends SimulatedNode {
        Site(String name, Path journals) throws IOException {
            super(
                    name,
                    journals.getFileName().toString(),
                    journals,
                    broker,
                    events,
                    headers,
                    Duration.ofSeconds(3));
            opened.add(this);
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable site : opened.reversed()) {
            site.close();
        }
    }

    @Test
    void shouldReadWhatWasAcknowledged() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        a.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice device = a.host.open("disk", new TestClient());

        write(device, 4096, (byte) 7);

        assertThat(read(device, 4096)).isEqualTo((byte) 7);
        assertThat(read(device, 0)).isEqualTo((byte) 0);
    }

    @Test
    void shouldRefuseAVolumeOfAnotherSiteAndNameIt() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        a.host.specChanged(spec("b", 1, Phase.OPEN));

        assertThatThrownBy(() -> a.host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("owned by site b");
        assertThatThrownBy(() -> a.host.open("other", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("no volume other");
    }

    @Test
    void shouldTellAClientWhatIsWrongWithTheImageThatItsVolumeWaitsFor() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        broker.fallSilent(); // so that the image shows no opening
        a.images.fault = "FAULTED: no space left on device";
        a.host.specChanged(spec("a", 1, Phase.OPEN));

        assertThatThrownBy(() -> a.host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("still opening")
                .hasMessageContaining("no space left on device");
    }

    @Test
    void shouldHoldWritesAfterASealAndSendTheClientToTheNewOwner() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        Site b = new Site("b", folder.resolve("b"));
        both(a, b, spec("a", 1, Phase.OPEN));
        TestClient client = new TestClient();
        BlockDevice atA = a.host.open("disk", client);
        write(atA, 0, (byte) 1);

        both(a, b, spec("a", 1, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> lastEvent().kind() == EventKind.EPOCH_SEALED);
        CompletableFuture<Void> held = startWrite(atA, 512, (byte) 2);
        both(a, b, spec("b", 2, Phase.OPEN));

        client.disconnected.get(20, TimeUnit.SECONDS);
        BlockDevice atB = b.host.open("disk", new TestClient());
        write(atB, 512, (byte) 3);
        assertThat(held).isCompletedExceptionally();
        assertThat(read(atB, 0)).isEqualTo((byte) 1);
        assertThat(read(atB, 512)).isEqualTo((byte) 3);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.EPOCH_SEALED,
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE));
    }

    @Test
    void shouldOpenAtOnceWhenTheSealsHeaderHasCome() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        Site b = new Site("b", folder.resolve("b"));
        b.images.areHeadersLate = true;
        both(a, b, spec("a", 1, Phase.OPEN));
        write(a.host.open("disk", new TestClient()), 0, (byte) 1);
        both(a, b, spec("a", 1, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> lastEvent().kind() == EventKind.EPOCH_SEALED);
        both(a, b, spec("b", 2, Phase.OPEN));
        await().atMost(PATIENCE).until(() -> b.images.headerLooks.get() > 0);
        int looks = b.images.headerLooks.get();

        // Every 2 ms, which makes 40 ms; it was every 250 ms, which made 5 s.
        await().atMost(Duration.ofSeconds(3)).until(() -> b.images.headerLooks.get() - looks > 20);
        b.images.areHeadersLate = false;
        write(b.host.open("disk", new TestClient()), 512, (byte) 2);
    }

    /** QEMU ends with a flush and a farewell, and would try to connect again for a long time. */
    @Test
    void shouldLetAClientEndInPeaceWhenAllItHasWrittenWentToTheNewOwner() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        Site b = new Site("b", folder.resolve("b"));
        both(a, b, spec("a", 1, Phase.OPEN));
        TestClient client = new TestClient();
        BlockDevice atA = a.host.open("disk", client);
        write(atA, 0, (byte) 1);
        both(a, b, spec("a", 1, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> lastEvent().kind() == EventKind.EPOCH_SEALED);
        // The coordinator looks at what the image of site a has applied before it goes on.
        await().atMost(PATIENCE).until(() -> !a.images.find("disk").orElseThrow().applied().open());
        Thread.sleep(50);
        both(a, b, spec("b", 2, Phase.OPEN));
        BlockDevice atB = b.host.open("disk", new TestClient());
        write(atB, 512, (byte) 2);
        await().atMost(PATIENCE)
                .until(() -> a.host.status("disk").orElseThrow().state().equals("idle"));

        assertThat(client.disconnected).isNotDone();
        assertThat(flush(atA)).succeedsWithin(PATIENCE);
        assertThat(startWrite(atA, 0, (byte) 9))
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withMessageContaining("not written here any more");
        assertThatThrownBy(() -> read(atA, 512)).hasMessageContaining("not written here any more");

        both(a, b, spec("b", 2, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> lastEvent().kind() == EventKind.EPOCH_SEALED);
        both(a, b, spec("a", 3, Phase.OPEN));
        assertThat(client.disconnected)
                .as("it may believe in what was overwritten at b")
                .succeedsWithin(PATIENCE);
    }

    @Test
    void shouldNotAdmitAClientThatComesBackWhileTheVolumeLeaves() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        a.host.specChanged(spec("a", 1, Phase.OPEN));
        CompletableFuture<BlockDevice> again = new CompletableFuture<>();
        a.host.open(
                "disk",
                new TestClient() {
                    @Override
                    public void disconnect(String reason) {
                        try {
                            again.complete(a.host.open("disk", new TestClient()));
                        } catch (ExportUnavailableException e) {
                            again.completeExceptionally(e);
                        }
                    }
                });

        a.host.specChanged(spec("b", 2, Phase.OPEN));

        assertThat(again)
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withMessageContaining("owned by site b");
    }

    @Test
    void shouldLetHeldWritesGoOnWhenTheHandOverIsRolledBack() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        a.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice device = a.host.open("disk", new TestClient());
        a.host.specChanged(spec("a", 1, Phase.SEALED));
        await().atMost(PATIENCE).until(() -> lastEvent().kind() == EventKind.EPOCH_SEALED);
        CompletableFuture<Void> held = startWrite(device, 0, (byte) 9);
        assertThat(held).isNotDone();

        a.host.specChanged(spec("a", 2, Phase.OPEN));

        held.get(20, TimeUnit.SECONDS);
        assertThat(read(device, 0)).isEqualTo((byte) 9);
        assertThat(lastEvent().epoch()).isEqualTo(2);
    }

    @Test
    void shouldSendItsJournalAgainAfterARestartAndThenOpenAnEpochOfItsOwn() throws Exception {
        Path journals = folder.resolve("a");
        Site before = new Site("a", journals);
        before.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice device = before.host.open("disk", new TestClient());
        before.publisher.close(); // from here on nothing reaches the log, as if killed
        write(device, 0, (byte) 5);
        before.close();
        assertThat(kinds()).containsExactly(EventKind.EPOCH_OPENED);

        Site after = new Site("a", journals);
        after.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice again = after.host.open("disk", new TestClient());

        assertThat(read(again, 0)).isEqualTo((byte) 5);
        write(again, 512, (byte) 6);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE));
        assertThat(lastEvent().epoch()).isEqualTo(2);
    }

    @Test
    void shouldNotContinueAJournalThatEndsBeforeTheLog() throws Exception {
        Path journals = folder.resolve("a");
        Site before = new Site("a", journals);
        before.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice device = before.host.open("disk", new TestClient());
        write(device, 0, (byte) 1);
        await().atMost(PATIENCE).until(() -> kinds().size() == 2);
        Path saved = folder.resolve("saved");
        Files.copy(journals.resolve("disk.journal"), saved);
        write(device, 0, (byte) 2);
        await().atMost(PATIENCE).until(() -> kinds().size() == 3);
        before.close();
        Files.copy(saved, journals.resolve("disk.journal"), StandardCopyOption.REPLACE_EXISTING);

        Site after = new Site("a", journals);
        after.host.specChanged(spec("a", 1, Phase.OPEN));

        assertThatThrownBy(() -> after.host.open("disk", new TestClient()))
                .hasMessageContaining("the journal ends with 2")
                .hasMessageContaining("volume reopen disk");
        assertThat(journals.resolve("disk.journal.lost-1")).exists();
        after.host.specChanged(spec("a", 2, Phase.OPEN));
        BlockDevice reopened = after.host.open("disk", new TestClient());
        assertThat(read(reopened, 0)).isEqualTo((byte) 2);
    }

    @Test
    void shouldGiveUpAnUnreadableJournalOnlyForANewEpoch() throws Exception {
        Path journals = folder.resolve("a");
        Site before = new Site("a", journals);
        before.host.specChanged(spec("a", 1, Phase.OPEN));
        write(before.host.open("disk", new TestClient()), 0, (byte) 1);
        await().atMost(PATIENCE).until(() -> kinds().size() == 2);
        before.close();
        byte[] damaged = new byte[1 << 16];
        Files.write(journals.resolve("disk.journal"), damaged);

        Site after = new Site("a", journals);
        after.host.specChanged(spec("a", 1, Phase.OPEN));
        assertThatThrownBy(() -> after.host.open("disk", new TestClient()))
                .hasMessageContaining("disk.journal");
        assertThat(journals.resolve("disk.journal")).hasBinaryContent(damaged);
        after.host.specChanged(spec("a", 2, Phase.OPEN));

        BlockDevice reopened = after.host.open("disk", new TestClient());
        assertThat(read(reopened, 0)).isEqualTo((byte) 1);
        assertThat(journals.resolve("disk.journal.lost-1")).hasBinaryContent(damaged);
    }

    @Test
    void shouldNotOpenAnEpochAgainWhoseJournalIsLost() throws Exception {
        Site before = new Site("a", folder.resolve("lost"));
        before.host.specChanged(spec("a", 1, Phase.OPEN));
        write(before.host.open("disk", new TestClient()), 0, (byte) 5);
        await().atMost(PATIENCE).until(() -> kinds().size() == 2);
        before.close();

        Site after = new Site("a", folder.resolve("empty"));
        after.host.specChanged(spec("a", 1, Phase.OPEN));
        assertThatThrownBy(() -> after.host.open("disk", new TestClient()))
                .hasMessageContaining("volume reopen disk");
        after.host.specChanged(spec("a", 2, Phase.OPEN));

        BlockDevice device = after.host.open("disk", new TestClient());
        assertThat(read(device, 0)).isEqualTo((byte) 5);
    }

    @Test
    void shouldLeaveAVolumeToTheNodeThatKeepsItsImage() throws Exception {
        Site other = new Site("a", folder.resolve("other"));
        other.images.isKeptHere = false;
        Site keeping = new Site("a", folder.resolve("keeping"));

        both(other, keeping, spec("a", 1, Phase.OPEN));

        write(keeping.host.open("disk", new TestClient()), 0, (byte) 1);
        assertThatThrownBy(() -> other.host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("another node of site a");
        assertThat(kinds()).containsExactly(EventKind.EPOCH_OPENED, EventKind.WRITE);
    }

    @Test
    void shouldLetTheLogDecideBetweenTwoNodesThatThinkTheyKeepIt() throws Exception {
        Site one = new Site("a", folder.resolve("one"));
        Site two = new Site("a", folder.resolve("two"));

        both(one, two, spec("a", 1, Phase.OPEN));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(served(one) + served(two)).isEqualTo(1));
        assertThat(kinds()).containsExactly(EventKind.EPOCH_OPENED);
    }

    private static int served(Site site) {
        try (BlockDevice device = site.host.open("disk", new TestClient())) {
            return 1;
        } catch (ExportUnavailableException e) {
            return 0;
        }
    }

    @Test
    void shouldAnswerAFlushOnlyWhenTheLogHasWhatWasWrittenBefore() throws Exception {
        Site a = new Site("a", folder.resolve("a"));
        a.host.specChanged(spec("a", 1, Phase.OPEN));
        BlockDevice device = a.host.open("disk", new TestClient());
        write(device, 0, (byte) 1);

        CompletableFuture<Void> flushed = new CompletableFuture<>();
        device.flush(error -> flushed.complete(null));
        flushed.get(20, TimeUnit.SECONDS);

        assertThat(kinds())
                .containsExactly(EventKind.EPOCH_OPENED, EventKind.WRITE, EventKind.FLUSH);
    }

    private static void both(Site a, Site b, VolumeSpec spec) {
        a.host.specChanged(spec);
        b.host.specChanged(spec);
    }

    private List<EventKind> kinds() {
        return new LogReader(events, headers)
                .validEvents(broker.log()).stream().map(EventHeader::kind).toList();
    }

    private EventHeader lastEvent() {
        return new LogReader(events, headers).validEvents(broker.log()).getLast();
    }

    private static VolumeSpec spec(String owner, int epoch, Phase phase) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(SIZE_BYTES)
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
