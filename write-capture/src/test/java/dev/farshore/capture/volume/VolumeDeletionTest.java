package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.ExportUnavailableException;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A volume is deleted in its log, and another of its name goes on behind that. */
@Timeout(60)
class VolumeDeletionTest {
    private static final long SIZE_BYTES = 1 << 20;
    private static final long DELETION = 77;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<EventKind> DELETED =
            List.of(
                    EventKind.TRIM,
                    EventKind.RESIZE,
                    EventKind.SEED_STARTED,
                    EventKind.SEED_FINISHED,
                    EventKind.EPOCH_SEALED);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final SimulatedSite site = new SimulatedSite(broker, events, headers);
    private @Nullable Publisher publisher;
    private @Nullable VolumeHost host;

    @BeforeEach
    void start() throws Exception {
        publisher = new Publisher(broker::newProducer, events, headers, 1 << 20);
        host =
                new VolumeHost(
                        new NodeContext(
                                new NodeIdentity("a", "a-1", "p"),
                                JournalFolder.at(folder.resolve("journals")),
                                new LogAccess(
                                        publisher,
                                        (vvol, partition, headersEnd, upToSeq) -> 0,
                                        LogScan.NONE),
                                site,
                                ImportRules.NONE,
                                Executors.newCachedThreadPool(),
                                NodeTime.system()));
        publisher.start();
        host.start();
    }

    @AfterEach
    void stop() {
        publisher.close();
        host.close();
    }

    @Test
    void shouldFreeItsDataInTheLogAndItsJournalAndLetTheNameBeUsedAgain() throws Exception {
        write(spec(1));
        EventHeader old = lastEvent();

        host.specChanged(deleted(1));

        awaitDeleted(1);
        assertThat(kinds()).endsWith(DELETED.toArray(EventKind[]::new));
        assertThat(site.find("disk").orElseThrow().sizeBytes()).isEqualTo(512);
        assertThat(host.statuses()).isEmpty();
        assertThat(host.list()).isEmpty();
        assertThatThrownBy(() -> host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class)
                .hasMessageContaining("there is no volume disk");

        host.specChanged(spec(2));
        BlockDevice reborn = host.open("disk", new TestClient());
        assertThat(reborn.sizeBytes()).isEqualTo(SIZE_BYTES);
        assertThat(read(reborn, 0)).as("data of the deleted volume").isZero();
        assertThat(site.find("disk").orElseThrow().applied().judge(old))
                .as("an event of the deleted volume that comes late")
                .isInstanceOf(dev.farshore.schemas.log.Verdict.Duplicate.class);
        reborn.close();
        write(spec(2));
    }

    @Test
    void shouldNotDeleteUnderAClient() throws Exception {
        host.specChanged(spec(1));
        TestClient client = new TestClient();
        BlockDevice device = host.open("disk", client);
        startWrite(device).get(20, TimeUnit.SECONDS);

        host.specChanged(deleted(1));

        awaitSteps();
        startWrite(device).get(20, TimeUnit.SECONDS);
        SectorCalls.flush(device).get(20, TimeUnit.SECONDS); // all before it is in the log now
        assertThat(kinds()).doesNotContain(EventKind.TRIM);
        assertThat(client.disconnected).isNotDone();
        assertThatThrownBy(() -> host.open("disk", new TestClient()))
                .isInstanceOf(ExportUnavailableException.class);
        device.close();
        awaitDeleted(1);
    }

    @Test
    void shouldDeleteOnceThoughItsNodeIsStoppedMeanwhile() throws Exception {
        write(spec(1));
        host.specChanged(deleted(1));
        await().atMost(PATIENCE).until(() -> kinds().contains(EventKind.TRIM));
        stop();
        start();
        host.specChanged(deleted(1));

        awaitDeleted(1);
        assertThat(kinds().stream().filter(EventKind.TRIM::equals)).hasSize(1);
    }

    @Test
    void shouldDeleteInAnotherEpochWhatWasSealedOtherwise() throws Exception {
        write(spec(1));
        host.specChanged(builder(1).setPhase(Phase.SEALED).build());
        await().atMost(PATIENCE).until(() -> kinds().contains(EventKind.EPOCH_SEALED));

        host.specChanged(deleted(1));
        awaitSteps();
        assertThat(site.find("disk").orElseThrow().seed()).isEqualTo(SeedMark.NONE);
        host.specChanged(deleted(2));

        awaitDeleted(2);
        assertThat(kinds()).containsOnlyOnce(EventKind.SEED_STARTED);
    }

    @Test
    void shouldDeleteWhatNeverOpened() throws Exception {
        host.specChanged(deleted(1));

        awaitDeleted(1);
    }

    /** The volume has had the time to do what it wants to do. */
    private void awaitSteps() {
        int before = site.imageLooks();
        await().atMost(PATIENCE).until(() -> site.imageLooks() > before + 10);
    }

    private void awaitDeleted(int epoch) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            assertThat(site.find("disk")).isPresent();
                            var image = site.find("disk").orElseThrow();
                            assertThat(image.applied().epoch()).isGreaterThanOrEqualTo(epoch);
                            assertThat(image.applied().open()).isFalse();
                            assertThat(image.seed().id()).isEqualTo(DELETION);
                            assertThat(image.seed().isFinished()).isTrue();
                            assertThat(folder.resolve("journals/disk.journal")).doesNotExist();
                        });
    }

    private void write(VolumeSpec spec) throws Exception {
        host.specChanged(spec);
        BlockDevice device = host.open("disk", new TestClient());
        startWrite(device).get(20, TimeUnit.SECONDS);
        assertThat(read(device, 0)).isEqualTo((byte) 1);
        device.close();
    }

    private static VolumeSpec deleted(int epoch) {
        return builder(epoch).setPhase(Phase.DELETED).setSizeBytes(512).setSeedId(DELETION).build();
    }

    private static VolumeSpec spec(int epoch) {
        return builder(epoch).setSeedId(epoch > 1 ? DELETION : 0).build();
    }

    private static VolumeSpec.Builder builder(int epoch) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setSizeBytes(SIZE_BYTES)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(epoch)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(1 << 20);
    }

    private List<EventKind> kinds() {
        return valid().stream().map(EventHeader::kind).toList();
    }

    private EventHeader lastEvent() {
        await().atMost(PATIENCE).until(() -> kinds().contains(EventKind.WRITE));
        return valid().getLast();
    }

    private List<EventHeader> valid() {
        return new LogReader(events, headers).validEvents(broker.log());
    }

    private static CompletableFuture<Void> startWrite(BlockDevice device) {
        byte[] payload = new byte[512];
        payload[0] = 1;
        CompletableFuture<Void> done = new CompletableFuture<>();
        device.write(
                0,
                ByteBuffer.wrap(payload),
                false,
                error -> {
                    if (error == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(error);
                    }
                });
        return done;
    }

    private static byte read(BlockDevice device, long offset) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(512);
        device.read(offset, sector);
        return sector.get(0);
    }
}
