package dev.farshore.apply.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.apply.EventSerdes;
import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.Images;
import dev.farshore.apply.store.StoreListener;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

class SiteTopologyTest {
    private static final long SIZE = 1 << 20;

    @TempDir Path directory;

    private final LogWriter log = new LogWriter("disk0");
    private final Images images = new Images();
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private final Hardener hardener = new Hardener(1);
    private TopologyTestDriver driver;
    private TestInputTopic<String, LogEvent> writes;
    private TestInputTopic<String, IndexedHeader> headers;
    private TestOutputTopic<String, Progress> progress;
    private long writesOffset;
    private final Front front = new Front();
    private final LostReports losses = new LostReports();

    /** What clients would meet; the rest of it changes as tests want. */
    private static final class Front implements ServingStatus {
        private long claims;
        private String notServed = "";
        private String journalLoss = "";
        private Writing writing = Writing.NONE;

        @Override
        public Writing writing(String vvol) {
            return writing;
        }

        @Override
        public String endpoint(String vvol) {
            return "nbd://b-1/" + vvol;
        }

        @Override
        public long claimsOfOthers(String vvol) {
            return claims;
        }

        @Override
        public String notServed(String vvol) {
            return notServed;
        }

        @Override
        public String journalLoss(String vvol) {
            return journalLoss;
        }
    }

    @BeforeEach
    void start() {
        ApplySettings settings =
                ApplySettings.in(directory.resolve("images")).withHardenInterval(Duration.ZERO);
        var events = new DecodedDeserializer<>(EventSerdes.writes().deserializer());
        SiteTopology topology =
                new SiteTopology(
                        "b",
                        "b-1",
                        front,
                        InstantSource.system(),
                        losses,
                        Duration.ofMillis(10),
                        System::nanoTime);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "farshore-b");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.resolve("streams").toString());
        driver =
                new TopologyTestDriver(
                        topology.build(
                                () ->
                                        new ImageStore(
                                                new ApplyEnvironment(
                                                        settings, hardener, System::nanoTime),
                                                events,
                                                images,
                                                new NoWatch()),
                                () ->
                                        new DirtyBlockStore(
                                                new DecodedDeserializer<>(
                                                        EventSerdes.headers().deserializer()),
                                                index,
                                                images::hardenedSeq,
                                                hardener,
                                                System::nanoTime),
                                EventSerdes.writes(),
                                EventSerdes.headers(),
                                EventSerdes.progress()),
                        properties);
        writes =
                driver.createInputTopic(
                        Topics.WRITES, new StringSerializer(), EventSerdes.writes().serializer());
        headers =
                driver.createInputTopic(
                        Topics.HEADERS, new StringSerializer(), EventSerdes.headers().serializer());
        progress =
                driver.createOutputTopic(
                        Topics.PROGRESS,
                        new StringDeserializer(),
                        EventSerdes.progress().deserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
        hardener.close();
    }

    private void write(LogEvent event) {
        writes.pipeInput(event.header().vvol(), event);
    }

    private void header(LogEvent event) {
        headers.pipeInput(event.header().vvol(), new IndexedHeader(event.header(), writesOffset++));
    }

    private Progress lastProgress() {
        return progress.readKeyValuesToList().getLast().value;
    }

    @Test
    void shouldHaveTheLastWordWhenAnotherNodeSaysThatItKeepsAVolume() {
        write(log.open(SIZE));
        tickUntilHardened(1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(progress.isEmpty()).isTrue();

        front.claims = 1;
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getNode()).isEqualTo("b-1");

        front.notServed = "its journal is elsewhere";
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getNotServed()).isEqualTo("its journal is elsewhere");

        front.journalLoss = "events after 7 may be lost";
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getJournalLoss()).isEqualTo("events after 7 may be lost");
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(progress.isEmpty()).isTrue();
    }

    @Test
    void shouldTellWhatIsNotInTheLogWhenItIsMuchOrStays() {
        write(log.open(SIZE));
        assertThat(tickUntilHardened(1).getLast().getUnpublishedEvents())
                .as("not known")
                .isEqualTo(-1);

        front.writing = new ServingStatus.Writing(1, 4096, 20_000, 7, 9, 1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getWritableSinceMicros()).isEqualTo(9);
        front.writing = new ServingStatus.Writing(3, 12_288, 30_000, 7, 9, 1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(progress.isEmpty()).as("with each write something is, for a moment").isTrue();

        front.writing = new ServingStatus.Writing(3, 12_288, 2_000_000, 7, 9, 1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        Progress stuck = lastProgress();
        assertThat(stuck.getUnpublishedEvents()).isEqualTo(3);
        assertThat(stuck.getReportedMicros() - stuck.getUnpublishedSinceMicros())
                .isEqualTo(2_000_000);
        front.writing = new ServingStatus.Writing(300, 1 << 20, 2_500_000, 7, 9, 1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getUnpublishedBytes()).isEqualTo(1 << 20);

        front.writing = new ServingStatus.Writing(0, 0, 0, 11, 9, 1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        Progress held = lastProgress();
        assertThat(held.getHeldSinceMicros()).isEqualTo(11);
        assertThat(held.getUnpublishedEvents()).isZero();
    }

    /** Lets hardenings begin, end, and be reported. */
    private List<Progress> tickUntilHardened(long seq) {
        List<Progress> reported = new ArrayList<>();
        await().untilAsserted(
                        () -> {
                            driver.advanceWallClockTime(Duration.ofMillis(10));
                            reported.addAll(progress.readValuesToList());
                            assertThat(reported).isNotEmpty();
                            assertThat(reported.getLast().getHardenedSeq())
                                    .isGreaterThanOrEqualTo(seq);
                        });
        return reported;
    }

    @Test
    void shouldReportAnOpenedAndASealedEpochAtOnceAndHardened() {
        write(log.open(SIZE));
        KeyValue<String, Progress> opened = progress.readKeyValue();
        assertThat(opened.key).isEqualTo("disk0@b");
        assertThat(opened.value.getEpoch()).isEqualTo(1);
        assertThat(opened.value.getOpen()).isTrue();
        assertThat(opened.value.getHardenedSeq()).isEqualTo(1);
        assertThat(opened.value.getHealth()).isEqualTo(Health.OK);
        assertThat(opened.value.getNode()).isEqualTo("b-1");
        assertThat(opened.value.getEndpoint()).isEqualTo("nbd://b-1/disk0");

        write(log.write(0, 4096));
        write(log.seal());
        Progress sealed = lastProgress();
        assertThat(sealed.getOpen()).isFalse();
        assertThat(sealed.getHardenedSeq()).isEqualTo(3);
        assertThat(sealed.getAppliedSeq()).isEqualTo(3);
        assertThat(sealed.getHardenedWritesOffset()).isEqualTo(2);
        assertThat(sealed.getHardenedTotalBytes()).isEqualTo(4096);
    }

    @Test
    void shouldReportWhatWasHardenedAndNothingWhenNothingChanges() {
        write(log.open(SIZE));
        write(log.write(0, 4096));
        tickUntilHardened(2);
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(progress.isEmpty()).isTrue();
    }

    @Test
    void shouldReportAgainWhatKafkaDidNotTakeInTime() {
        write(log.open(SIZE));
        tickUntilHardened(1);
        LostReports.Handler handler = new LostReports.Handler();
        handler.configure(Map.of(LostReports.CONFIG, losses));
        ProducerRecord<byte[], byte[]> report =
                new ProducerRecord<>(
                        Topics.PROGRESS, "disk0@b".getBytes(StandardCharsets.UTF_8), new byte[0]);

        assertThat(handler.handleError(null, report, new TimeoutException("expired")).result())
                .isEqualTo(ProductionExceptionHandler.Result.RESUME);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(lastProgress().getHardenedSeq()).isEqualTo(1);
        driver.advanceWallClockTime(Ticker.IDLE_INTERVAL);
        assertThat(progress.isEmpty()).as("once").isTrue();

        assertThat(
                        handler.handleError(
                                        null, report, new RecordTooLargeException("no time helps"))
                                .result())
                .isEqualTo(ProductionExceptionHandler.Result.FAIL);
    }

    @Test
    void shouldReportAVolumeThatStops() {
        write(log.open(SIZE));
        log.write(0, 512);
        write(log.write(0, 512));
        driver.advanceWallClockTime(Duration.ofMillis(10));
        Progress stopped = lastProgress();
        assertThat(stopped.getHealth()).isEqualTo(Health.GAP);
        assertThat(stopped.getReason()).contains("event 2 is missing");
        assertThat(stopped.getHardenedSeq()).isEqualTo(1);
    }

    @Test
    void shouldReportEveryVolumeAgainAfterARestart() {
        write(log.open(SIZE));
        tickUntilHardened(1);
        driver.close();
        start();
        driver.advanceWallClockTime(Duration.ofMillis(10));
        assertThat(lastProgress().getHardenedSeq()).isEqualTo(1);
    }

    @Test
    void shouldCallBlocksDirtyFromTheirHeaderToTheirHardening() {
        LogEvent open = log.open(SIZE);
        LogEvent write = log.write(4096, 4096);
        header(open);
        header(write);
        DirtyBlocks blocks = index.find("disk0").orElseThrow();
        assertThat(blocks.isDirty(4096, 512)).isTrue();
        assertThat(blocks.newest(4096).orElseThrow().writesOffset()).isEqualTo(1);

        write(open);
        write(write);
        tickUntilHardened(2);
        assertThat(blocks.isDirty(4096, 512)).isFalse();
        assertThat(blocks.isComplete()).isTrue();
    }

    /** The node that answered for the volume before this one may have been ahead of it. */
    @ParameterizedTest
    @CsvSource({"a, a-1", "b, b-2"})
    void shouldNotCallCleanWhatOnlyAnotherNodeHasHardened(String site, String node) {
        LogEvent open = log.open(SIZE);
        LogEvent write = log.write(4096, 4096);
        header(open);
        header(write);
        var others =
                driver.createInputTopic(
                        Topics.PROGRESS,
                        new StringSerializer(),
                        EventSerdes.progress().serializer());
        write(open);
        Progress own = lastProgress();
        others.pipeInput(
                "disk0@" + site,
                Progress.newBuilder(own)
                        .setSite(site)
                        .setNode(node)
                        .setAppliedSeq(2)
                        .setHardenedSeq(2)
                        .build());
        assertThat(index.find("disk0").orElseThrow().isDirty(4096, 512)).isTrue();
    }

    private static final class NoWatch implements StoreListener {
        @Override
        public void onOpened(ImageStore store) {}

        @Override
        public void onClosed(ImageStore store) {}

        @Override
        public void onLogWanted() {}
    }
}
