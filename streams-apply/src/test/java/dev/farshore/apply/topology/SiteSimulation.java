package dev.farshore.apply.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.EventSerdes;
import dev.farshore.apply.SimulatedVolume;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.ManualExecutor;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.repair.SimulatedRepair;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.Images;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;

/** The site of {@link SiteSimulationTest}, its log, and what may happen to it. */
final class SiteSimulation implements AutoCloseable {
    private static final int VOLUMES = 3;

    private final Random random;
    private final Path directory;
    private final List<SimulatedVolume> volumes = new ArrayList<>();
    private final List<LogEvent> log = new ArrayList<>();
    private final List<IndexedHeader> headerLog = new ArrayList<>();
    // What the site has said it has on stable storage, by volume.
    private final Map<String, Long> reported = new HashMap<>();
    private final SiteInvariants invariants;

    private Images images;
    private DirtyBlockIndex index;
    private ManualExecutor disk;
    private SimulatedRepair repair;
    private TopologyTestDriver driver;
    private TestInputTopic<String, LogEvent> writes;
    private TestInputTopic<String, IndexedHeader> headers;
    private TestOutputTopic<String, Progress> progress;
    private long nowNanos;
    private int nextWrite;
    private int nextHeader;

    SiteSimulation(Random random, Path directory) throws IOException {
        this.random = random;
        this.directory = Files.createDirectories(directory);
        for (int i = 0; i < VOLUMES; i++) {
            volumes.add(new SimulatedVolume("vol" + i, random));
        }
        invariants = new SiteInvariants(volumes, log, reported);
        start();
    }

    private Path imageDirectory() {
        return directory.resolve("images");
    }

    private Path streamsDirectory() {
        return directory.resolve("streams");
    }

    // ---- what happens ----

    void step() {
        switch (random.nextInt(24)) {
            case 0, 1, 2, 3, 4, 5, 6 -> append();
            case 7 -> appendWithGap();
            case 8, 9, 10 -> disk.runOne();
            case 11, 12, 13 -> tick();
            case 19 -> repair.run();
            case 14, 15, 16, 17, 18 -> index();
            default -> apply();
        }
        hear();
    }

    private SimulatedVolume any() {
        return volumes.get(random.nextInt(volumes.size()));
    }

    private void append() {
        SimulatedVolume volume = any();
        append(volume, volume.next());
    }

    private void append(SimulatedVolume volume, LogEvent event) {
        headerLog.add(new IndexedHeader(event.header(), log.size()));
        appendWithoutHeader(volume, event);
    }

    private void appendWithoutHeader(SimulatedVolume volume, LogEvent event) {
        volume.append(event);
        log.add(event);
    }

    /**
     * An event fails, those behind it get in, and then its owner sends all of them again. It sends
     * the headers of events that it knows are in the log, in their order.
     */
    private void appendWithGap() {
        SimulatedVolume volume = any();
        List<LogEvent> events = volume.nextWrites(3);
        events.stream().skip(1).forEach(event -> appendWithoutHeader(volume, event));
        events.forEach(event -> append(volume, event));
    }

    private void apply() {
        if (nextWrite < log.size()) {
            // Now and then enough for a record to bring a tick with it.
            nowNanos += Duration.ofMillis(random.nextInt(8)).toNanos();
            LogEvent event = log.get(nextWrite++);
            writes.pipeInput(event.header().vvol(), event);
        }
    }

    /** Headers come in the order of the events, but at their own time. */
    private void index() {
        if (nextHeader < headerLog.size()) {
            IndexedHeader header = headerLog.get(nextHeader++);
            headers.pipeInput(header.header().vvol(), header);
        }
    }

    private void tick() {
        nowNanos += Duration.ofMillis(random.nextInt(30)).toNanos();
        driver.advanceWallClockTime(Duration.ofMillis(random.nextInt(1000)));
    }

    private void hear() {
        for (Progress said : progress.readValuesToList()) {
            invariants.checkReport(said, images);
            reported.put(said.getVvol(), said.getHardenedSeq());
        }
    }

    void checkInvariants() {
        invariants.check(images, index);
    }

    /** The process is gone; with a loss of power, so is any write-back nobody waited for. */
    void crash(boolean isPowerLost) throws IOException {
        List<ReplicaStatus> statuses = images.statuses();
        Path left = directory.resolve("left");
        copy(imageDirectory(), left.resolve("images"));
        copy(streamsDirectory(), left.resolve("streams"));
        close();
        delete(imageDirectory());
        delete(streamsDirectory());
        Files.move(left.resolve("images"), imageDirectory());
        Files.move(left.resolve("streams"), streamsDirectory());
        if (isPowerLost) {
            for (ReplicaStatus status : statuses) {
                loseWriteBacks(status);
            }
        }
        start();
    }

    private void loseWriteBacks(ReplicaStatus status) throws IOException {
        long fromSeq = status.hardened().seq();
        long untilSeq = status.applied().seq();
        Path path = Image.dataPath(imageDirectory(), status.vvol());
        if (fromSeq == untilSeq || !Files.exists(path)) {
            return;
        }
        SimulatedVolume volume =
                volumes.stream()
                        .filter(one -> one.vvol.equals(status.vvol()))
                        .findFirst()
                        .orElseThrow();
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int sector = 0; sector < SimulatedVolume.SECTORS; sector++) {
                file.write(
                        volume.anyContent(sector, fromSeq, untilSeq),
                        sector * (long) SimulatedVolume.SECTOR);
            }
        }
    }

    /** When all is quiet every image is the volume, and nothing is dirty. */
    void finish() {
        while (nextWrite < log.size()) {
            apply();
        }
        while (nextHeader < headerLog.size()) {
            index();
        }
        disk.runAllFromNowOn();
        repair.run();
        for (int i = 0; i < 6; i++) {
            nowNanos += Duration.ofSeconds(1).toNanos();
            driver.advanceWallClockTime(Duration.ofSeconds(1));
            // A replica that is back may want to know the log's end, and be consistent only then.
            repair.runIfWanted();
        }
        hear();
        checkInvariants();
        for (SimulatedVolume volume : volumes) {
            if (volume.cursor.seq() > 0) {
                ReplicaStatus status = images.status(volume.vvol).orElseThrow();
                assertThat(status.applied().cursor()).isEqualTo(volume.cursor);
                assertThat(status.isConsistent()).isTrue();
                assertThat(status.hardened().cursor()).isEqualTo(volume.cursor);
                assertThat(SiteInvariants.content(images.find(volume.vvol).orElseThrow()))
                        .as("LogIsTheTruth: content at the end of the log")
                        .isEqualTo(volume.states.getLast());
                assertThat(reported).containsEntry(volume.vvol, volume.cursor.seq());
                assertThat(index.find(volume.vvol).orElseThrow().dirtyBytes()).isZero();
            }
        }
    }

    // ---- its life ----

    /** The driver counts offsets from 0, so a site that starts reads the log from its beginning. */
    private void start() throws IOException {
        nextWrite = 0;
        nextHeader = 0;
        images = new Images();
        index = new DirtyBlockIndex();
        disk = new ManualExecutor(random);
        repair = new SimulatedRepair(log);
        Hardener hardener = new Hardener(disk, random.nextBoolean() ? 2 : 16);
        ApplySettings settings =
                new ApplySettings(
                        imageDirectory(),
                        Duration.ofMillis(random.nextInt(20)),
                        Duration.ofMillis(random.nextInt(40)),
                        1 + random.nextInt(30),
                        Duration.ofMillis(10),
                        Duration.ofSeconds(1000),
                        vvol -> random.nextBoolean());
        SiteTopology topology =
                new SiteTopology(
                        "b",
                        "b-1",
                        vvol -> "",
                        InstantSource.system(),
                        new LostReports(),
                        Duration.ofMillis(10),
                        () -> nowNanos);
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "farshore-b");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, streamsDirectory().toString());
        driver =
                new TopologyTestDriver(
                        topology.build(
                                () -> imageStore(settings, hardener),
                                () -> dirtyBlockStore(hardener),
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

    private ImageStore imageStore(ApplySettings settings, Hardener hardener) {
        return new ImageStore(
                new ApplyEnvironment(settings, hardener, () -> nowNanos),
                new DecodedDeserializer<>(EventSerdes.writes().deserializer()),
                images,
                repair);
    }

    private DirtyBlockStore dirtyBlockStore(Hardener hardener) {
        return new DirtyBlockStore(
                new DecodedDeserializer<>(EventSerdes.headers().deserializer()),
                index,
                images::hardenedSeq,
                hardener,
                () -> nowNanos);
    }

    @Override
    public void close() {
        // Closing waits for the disk.
        disk.runAllFromNowOn();
        driver.close();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
