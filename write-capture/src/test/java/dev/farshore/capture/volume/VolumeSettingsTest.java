package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.farshore.capture.ownership.WriteTimes;
import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.LogReader;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.session.SessionStatus;
import dev.farshore.capture.session.Unpublished;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.DeviceException;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** What can be changed of a volume while it is being written. */
@Timeout(60)
class VolumeSettingsTest {
    private static final long SIZE_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private final SlowSite site = new SlowSite();
    private @Nullable Publisher publisher;
    private @Nullable VolumeHost host;

    /** A site whose images can be kept from applying. */
    private final class SlowSite implements LocalImages {
        private final SimulatedSite images = new SimulatedSite(broker, events, headers);
        private volatile @Nullable LogCursor stopped;

        @Override
        public Optional<LocalImage> find(String vvol) {
            return images.find(vvol).map(Slow::new);
        }

        @Override
        public LogCursor headersEnd(String vvol) {
            return images.headersEnd(vvol);
        }

        @Override
        public boolean isKeptHere(int partition) {
            return true;
        }

        @Override
        public boolean isCaughtUp(int partition) {
            return true;
        }

        private final class Slow implements LocalImage {
            private final LocalImage image;

            Slow(LocalImage image) {
                this.image = image;
            }

            @Override
            public LogCursor applied() {
                LogCursor at = stopped;
                return at == null ? image.applied() : at;
            }

            @Override
            public long sizeBytes() {
                return image.sizeBytes();
            }

            @Override
            public long hardenedSeq() {
                return applied().seq();
            }

            @Override
            public void read(long offset, ByteBuffer into) throws IOException {
                image.read(offset, into);
            }
        }
    }

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
    void shouldKeepItsPromiseToAFlushThatWaitsWhenTheModeChanges() throws Exception {
        BlockDevice device = open(spec().setDurability(Durability.REMOTE));
        write(device, 0);
        CompletableFuture<Void> promisedRemote = flush(device);

        host.specChanged(spec().setDurability(Durability.LOG).build());

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(flush(device)).succeedsWithin(Duration.ofMillis(50)));
        assertThat(promisedRemote).isNotDone();
        LogCursor applied = site.find("disk").orElseThrow().applied();
        host.hardenedElsewhere("disk", ofAnotherEpoch(applied), 3);
        assertThat(promisedRemote).as("event 3 is another owner's there").isNotDone();
        host.hardenedElsewhere("disk", applied, 2);
        assertThat(promisedRemote).as("the write alone is there").isNotDone();
        host.hardenedElsewhere("disk", applied, 3);
        assertThat(promisedRemote).succeedsWithin(PATIENCE);

        host.specChanged(spec().setDurability(Durability.REMOTE).build());
        await().atMost(PATIENCE).until(() -> !isAnsweredByTheLog(device));
    }

    private static LogCursor ofAnotherEpoch(LogCursor cursor) {
        return new LogCursor(
                cursor.epoch() + 1,
                "b#other@b-1",
                true,
                cursor.seq(),
                cursor.vmSeq(),
                cursor.totalBytes());
    }

    @Test
    void shouldResizeAndSendItsClientsAwayToLearnOfIt() throws Exception {
        TestClient client = new TestClient();
        host.specChanged(spec().build());
        BlockDevice before = host.open("disk", client);
        assertThat(before.sizeBytes()).isEqualTo(SIZE_BYTES);
        write(before, SIZE_BYTES - 512);

        host.specChanged(spec().setSizeBytes(2 * SIZE_BYTES).build());
        assertThat(client.disconnected.get(20, TimeUnit.SECONDS)).contains("2097152 bytes");
        BlockDevice larger = host.open("disk", new TestClient());
        assertThat(larger.sizeBytes()).isEqualTo(2 * SIZE_BYTES);
        write(larger, 2 * SIZE_BYTES - 512);
        assertThat(read(larger, SIZE_BYTES - 512)).isEqualTo((byte) 1);
        assertThat(read(larger, SIZE_BYTES)).isZero();

        host.specChanged(
                spec().setSizeBytes(SIZE_BYTES / 2).setShrinkFromBytes(2 * SIZE_BYTES).build());
        await().atMost(PATIENCE)
                .until(() -> host.open("disk", new TestClient()).sizeBytes() == SIZE_BYTES / 2);
        assertThat(startWrite(larger, SIZE_BYTES / 2))
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withCauseInstanceOf(DeviceException.class)
                .withMessageContaining("made smaller");
        write(larger, SIZE_BYTES / 2 - 512);

        host.specChanged(spec().setSizeBytes(SIZE_BYTES).build());
        await().atMost(PATIENCE)
                .until(() -> host.open("disk", new TestClient()).sizeBytes() == SIZE_BYTES);
        assertThat(read(host.open("disk", new TestClient()), SIZE_BYTES - 512))
                .as("what was cut off")
                .isZero();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.RESIZE,
                                                EventKind.WRITE,
                                                EventKind.RESIZE,
                                                EventKind.WRITE,
                                                EventKind.RESIZE));
    }

    @Test
    void shouldNeverShrinkByASizeThatIsNoOrderToShrink() throws Exception {
        BlockDevice device = open(spec());
        write(device, SIZE_BYTES - 512);

        host.specChanged(spec().setSizeBytes(SIZE_BYTES / 2).build());
        host.specChanged(
                spec().setSizeBytes(SIZE_BYTES / 2).setShrinkFromBytes(SIZE_BYTES - 512).build());
        host.specChanged(spec().setSizeBytes(SIZE_BYTES / 2).setEpoch(2).build());

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(
                                                EventKind.EPOCH_OPENED,
                                                EventKind.WRITE,
                                                EventKind.EPOCH_OPENED));
        await().atMost(PATIENCE)
                .until(() -> host.open("disk", new TestClient()).sizeBytes() == SIZE_BYTES);
        assertThat(read(host.open("disk", new TestClient()), SIZE_BYTES - 512))
                .as("at the end of the volume")
                .isEqualTo((byte) 1);
    }

    @Test
    void shouldTellWhenTheGuestHadToWaitAndCouldWriteAgain() throws Exception {
        assertThat(host.writeTimes("disk")).isEqualTo(WriteTimes.NEVER);
        open(spec());
        WriteTimes first = host.writeTimes("disk");
        assertThat(first.heldSinceMicros()).isZero();
        assertThat(first.writableEpoch()).isEqualTo(1);

        host.specChanged(spec().setPhase(Phase.SEALED).build());
        await().atMost(PATIENCE).until(() -> host.writeTimes("disk").heldSinceMicros() > 0);
        WriteTimes held = host.writeTimes("disk");
        assertThat(held.heldSinceMicros()).isGreaterThanOrEqualTo(first.writableSinceMicros());
        assertThat(held.writableSinceMicros()).isEqualTo(first.writableSinceMicros());

        host.specChanged(spec().setEpoch(2).build());
        await().atMost(PATIENCE).until(() -> host.writeTimes("disk").writableEpoch() == 2);
        assertThat(host.writeTimes("disk").heldSinceMicros()).isEqualTo(held.heldSinceMicros());
        assertThat(host.writeTimes("disk").writableSinceMicros())
                .isGreaterThanOrEqualTo(held.heldSinceMicros());
        await().atMost(PATIENCE)
                .until(() -> host.unpublished("disk").equals(Optional.of(Unpublished.NONE)));
    }

    @Test
    void shouldMakeUpForAResizeThatWasAskedForWhileItWasDown() throws Exception {
        open(spec());
        stop();
        start();

        host.specChanged(spec().setSizeBytes(2 * SIZE_BYTES).build());

        await().atMost(PATIENCE)
                .until(() -> host.open("disk", new TestClient()).sizeBytes() == 2 * SIZE_BYTES);
        stop();
        start();
        host.specChanged(spec().setSizeBytes(2 * SIZE_BYTES).build());
        assertThat(host.open("disk", new TestClient()).sizeBytes()).isEqualTo(2 * SIZE_BYTES);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(kinds())
                                        .containsExactly(EventKind.EPOCH_OPENED, EventKind.RESIZE));
    }

    @Test
    void shouldSlowAVmAndTellTheEffect() throws Exception {
        BlockDevice device = open(spec().setThrottleWritesPerSecond(200));
        assertThat(host.throttled("disk")).isPresent();

        long start = System.nanoTime();
        for (int i = 0; i < 300; i++) {
            write(device, i * 512L);
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        // That it is not slower than the limit needs a machine that is not, so WritePacerTest says
        // it.
        assertThat(300 / seconds).isLessThan(220.0);
        VolumeHost.Throttled effect = host.throttled("disk").orElseThrow();
        assertThat(effect.limit().writesPerSecond()).isEqualTo(200);
        await().atMost(PATIENCE)
                .until(() -> host.throttled("disk").orElseThrow().rates().heldWrites() > 100);
        host.specChanged(spec().build());
        assertThat(host.throttled("disk")).isEmpty();
    }

    @Test
    void shouldSayOnceThatTheJournalIsFullAndOnceThatItHasRoom() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("dev.farshore.capture.session");
        logged.start();
        logger.addAppender(logged);
        BlockDevice device = open(spec());
        write(device, 0);
        await().atMost(PATIENCE).until(() -> kinds().size() == 2);
        site.stopped = site.find("disk").orElseThrow().applied();

        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            writes.add(startWrite(device, 512));
        }
        await().atMost(PATIENCE).until(() -> !messages(logged).isEmpty());
        SessionStatus full = host.status("disk").orElseThrow().writing();
        assertThat(full.isFull()).isTrue();
        assertThat(full.timesFull()).isEqualTo(1);
        site.stopped = null;

        for (CompletableFuture<Void> write : writes) {
            write.get(20, TimeUnit.SECONDS);
        }
        await().atMost(PATIENCE).until(() -> messages(logged).size() == 2);
        logger.detachAppender(logged);
        assertThat(messages(logged))
                .containsExactly(
                        "journal is full and writes wait: the local image has not applied more",
                        "journal has room again");
        assertThat(host.status("disk").orElseThrow().writing().fullNanos()).isPositive();
    }

    private static List<String> messages(ListAppender<ILoggingEvent> logged) {
        return List.copyOf(logged.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private BlockDevice open(VolumeSpec.Builder spec) throws Exception {
        host.specChanged(spec.build());
        return host.open("disk", new TestClient());
    }

    private static VolumeSpec.Builder spec() {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(SIZE_BYTES)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20);
    }

    private List<EventKind> kinds() {
        return new LogReader(events, headers)
                .validEvents(broker.log()).stream().map(EventHeader::kind).toList();
    }

    /** Acknowledgements come in order: with that of another flush, the first has been looked at. */
    private boolean isAnsweredByTheLog(BlockDevice device) {
        CompletableFuture<Void> first = flush(device);
        flush(device);
        await().atMost(PATIENCE)
                .until(() -> host.unpublished("disk").equals(Optional.of(Unpublished.NONE)));
        return first.isDone();
    }

    private static CompletableFuture<Void> flush(BlockDevice device) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        device.flush(error -> finish(done, error));
        return done;
    }

    private static CompletableFuture<Void> startWrite(BlockDevice device, long offset) {
        byte[] payload = new byte[512];
        payload[0] = 1;
        CompletableFuture<Void> done = new CompletableFuture<>();
        device.write(offset, ByteBuffer.wrap(payload), false, error -> finish(done, error));
        return done;
    }

    private static void finish(CompletableFuture<Void> done, @Nullable IOException error) {
        if (error == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(error);
        }
    }

    private static void write(BlockDevice device, long offset) throws Exception {
        startWrite(device, offset).get(20, TimeUnit.SECONDS);
    }

    private static byte read(BlockDevice device, long offset) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(512);
        device.read(offset, sector);
        return sector.get(0);
    }
}
