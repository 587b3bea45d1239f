package dev.farshore.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.client.NbdUri;
import dev.farshore.testkit.peer.RealServer;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.simulated.TwoSites;
import dev.farshore.testkit.verify.FlushPointChecker;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

@Tag("slow")
@Timeout(120)
class WorkloadTest {
    private static final long SIZE_BYTES = 256L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final WorkloadTimeouts IMPATIENT =
            new WorkloadTimeouts(
                    Duration.ofSeconds(1), Duration.ofMillis(300), Duration.ofMillis(500));

    private final long seed = System.nanoTime();
    private final WriteRecord data = new WriteRecord("db-data", 1, SIZE_BYTES);
    private final WriteRecord log = new WriteRecord("db-log", 2, SIZE_BYTES);
    private final FlushPointChecker checker =
            new FlushPointChecker(List.of(data, log), Set.copyOf(TwoSites.NAMES));

    @TempDir Path folder;

    @BeforeEach
    void printSeed() {
        System.out.println("seed " + seed);
    }

    @Test
    void shouldLoseNothingOverCutConnectionsAndMovesBetweenSites() throws Exception {
        try (TwoSites sites = new TwoSites(folder, checker, TwoSites.Tampering.NONE);
                Workload workload = workload(sites, WorkloadTimeouts.DEFAULT)) {
            sites.create("db-data", SIZE_BYTES);
            sites.create("db-log", SIZE_BYTES);
            workload.start();
            awaitWrites(workload, 300);
            sites.cutConnections();
            awaitWrites(workload, 300);
            sites.moveTo("b");
            awaitWrites(workload, 300);
            sites.moveTo("a");
            awaitWrites(workload, 300);
            workload.stop();
            sites.awaitApplied();

            VolumeStats.Snapshot stats = workload.snapshot();
            assertThat(stats.connections()).isGreaterThanOrEqualTo(8);
            assertThat(stats.reads()).isPositive();
            assertThat(stats.flushes()).isPositive();
            assertThat(stats.writeMicros().getTotalCount()).isEqualTo(stats.writes());
            assertThat(workload.differences()).isEmpty();
            assertThat(checker.differences()).isEmpty();
            assertThat(checker.checked("a")).isEqualTo(flushPoints());
            assertThat(checker.checked("b")).isEqualTo(flushPoints());
            for (WriteRecord record : List.of(data, log)) {
                assertThat(record.inFlight()).isEmpty();
                ImageVerification verification = verify(sites, record);
                assertThat(verification.differences()).isEmpty();
                assertThat(verification.isFaultless()).isTrue();
                assertThat(verification.comparedBytes()).isPositive();
            }
        }
    }

    @Test
    void shouldFindAWriteThatAReplicaDropped() throws Exception {
        AtomicBoolean isDropped = new AtomicBoolean();
        TwoSites.Tampering drop =
                (site, event) ->
                        site.equals("b")
                                        && event.seq() > 100
                                        // An append to the log: nothing overwrites it soon.
                                        && event.payload().capacity() >= 16 << 10
                                        && event.payload().getLong(0) != 0
                                        && isDropped.compareAndSet(false, true)
                                ? List.of()
                                : List.of(event);
        try (TwoSites sites = new TwoSites(folder, checker, drop);
                Workload workload = workload(sites, WorkloadTimeouts.DEFAULT)) {
            sites.create("db-data", SIZE_BYTES);
            sites.create("db-log", SIZE_BYTES);
            workload.start();
            awaitWrites(workload, 600);
            workload.stop();
            sites.awaitApplied();

            assertThat(isDropped).isTrue();
            assertThat(checker.differences()).isNotEmpty();
            assertThat(checker.differences().getFirst().site()).isEqualTo("b");
            assertThat(workload.differences()).as("reads are of site a").isEmpty();
        }
    }

    @Test
    void shouldFindAStaleReadThroughNbd() throws Exception {
        AtomicInteger count = new AtomicInteger();
        TwoSites.Tampering drop =
                (site, event) ->
                        site.equals("a") && !event.isFlush() && count.incrementAndGet() % 10 == 0
                                ? List.of()
                                : List.of(event);
        try (TwoSites sites = new TwoSites(folder, checker, drop);
                Workload workload = workload(sites, WorkloadTimeouts.DEFAULT)) {
            sites.create("db-data", SIZE_BYTES);
            sites.create("db-log", SIZE_BYTES);
            workload.start();
            await().atMost(PATIENCE).until(() -> workload.snapshot().wrongReads() > 0);
            workload.stop();

            assertThat(workload.differences()).isNotEmpty();
            assertThat(workload.differences().getFirst().when()).isEqualTo("READ through NBD");
        }
    }

    @Test
    void shouldVerifyARealServerThatIsKilledAndStartedAgain() throws Exception {
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SIZE_BYTES);
        }
        Path socket = folder.resolve("s");
        Workload.Volume volume =
                new Workload.Volume(data, new DatabaseSource(data.markerOffset(), seed, 0), 16);
        RealServer first = RealServer.qemuNbd(socket, image, "db-data");
        NbdUri uri = first.uri();
        try (Workload workload =
                new Workload(List.of(volume), _ -> uri, WorkloadTimeouts.DEFAULT)) {
            workload.start();
            awaitWrites(workload, 500);
            first.kill();
            Files.deleteIfExists(socket);
            try (RealServer second = RealServer.qemuNbd(socket, image, "db-data")) {
                assertThat(second.uri()).isEqualTo(uri);
                awaitWrites(workload, 500);
                workload.stop();
            }
            assertThat(workload.snapshot().connections()).isGreaterThanOrEqualTo(2);
            assertThat(workload.differences()).isEmpty();
            ImageVerification verification = ImageVerifier.verify(data, Map.of("here", image));
            assertThat(verification.differences()).isEmpty();
            assertThat(verification.isFaultless()).isTrue();
        } finally {
            first.close();
        }
    }

    @Test
    void shouldSayWhichVolumeWasNotServedAndWhy() {
        NbdUri nowhere = NbdUri.parse("nbd+unix:///x?socket=" + folder.resolve("nowhere"));
        try (Workload workload = workload(_ -> nowhere, IMPATIENT)) {
            workload.start();

            assertThatThrownBy(workload::stop)
                    .isInstanceOf(WorkloadException.class)
                    .hasMessageContaining("could not be reached")
                    .hasMessageContaining("nowhere");
        }
    }

    @Test
    void shouldGiveUpOnAServerThatDoesNotAnswer() throws Exception {
        Workload.Volume volume =
                new Workload.Volume(data, new DatabaseSource(data.markerOffset(), seed, 0), 4);
        try (RealServer server =
                        RealServer.nbdkit(
                                folder.resolve("s"),
                                "--filter=delay",
                                "memory",
                                Long.toString(SIZE_BYTES),
                                "delay-write=60",
                                "delay-read=60");
                Workload workload = new Workload(List.of(volume), _ -> server.uri(), IMPATIENT)) {
            workload.start();
            await().atMost(PATIENCE).until(() -> !workload.isRunning("db-data"));

            assertThatThrownBy(workload::checkHealth)
                    .isInstanceOf(WorkloadException.class)
                    .hasMessageContaining("db-data: no answer for")
                    .hasMessageContaining("requests in flight, the oldest");
        }
    }

    @Test
    void shouldStopAtARefusedRequest() throws Exception {
        Workload.Volume volume =
                new Workload.Volume(data, new DatabaseSource(data.markerOffset(), seed, 0), 4);
        try (RealServer server =
                        RealServer.nbdkit(
                                folder.resolve("s"),
                                "--filter=error",
                                "memory",
                                Long.toString(SIZE_BYTES),
                                "error-pwrite=EIO",
                                "error-pwrite-rate=100%");
                Workload workload =
                        new Workload(
                                List.of(volume), _ -> server.uri(), WorkloadTimeouts.DEFAULT)) {
            workload.start();
            await().atMost(PATIENCE).until(() -> !workload.isRunning("db-data"));

            assertThatThrownBy(workload::checkHealth).hasMessageContaining("EIO");
        }
    }

    @Test
    void shouldReplayATraceToItsEnd() throws Exception {
        Path trace = folder.resolve("trace.csv");
        StringBuilder text = new StringBuilder(TraceFile.HEADER).append('\n');
        for (int line = 0; line < 1000; line++) {
            // Overlapping neighbours in the same millisecond, some reads of what was written.
            text.append(line / 10)
                    .append(line % 3 == 2 ? ",read," : ",write,")
                    .append(line % 50 * 1536)
                    .append(",4096\n");
        }
        Files.writeString(trace, text);
        TraceFile.Summary summary = TraceFile.check(trace);
        Workload.Volume volume =
                new Workload.Volume(
                        data, new TraceSource(trace, summary, Duration.ofMillis(500)), 16);
        try (TwoSites sites = new TwoSites(folder, checker, TwoSites.Tampering.NONE);
                Workload workload =
                        new Workload(List.of(volume), sites, WorkloadTimeouts.DEFAULT)) {
            sites.create("db-data", SIZE_BYTES);
            workload.start();
            await().atMost(PATIENCE).until(() -> !workload.isRunning("db-data"));
            workload.stop();
            sites.awaitApplied();

            VolumeStats.Snapshot stats = workload.snapshot();
            assertThat(stats.reads()).isEqualTo(333);
            assertThat(stats.writes()).isEqualTo(667 + stats.flushes());
            assertThat(stats.flushes()).isBetween(1L, 6L);
            assertThat(workload.differences()).isEmpty();
            assertThat(checker.differences()).isEmpty();
            assertThat(verify(sites, data).isFaultless()).isTrue();
        }
    }

    private Workload workload(VolumeEndpoints endpoints, WorkloadTimeouts patience) {
        return new Workload(
                List.of(
                        new Workload.Volume(
                                data, new DatabaseSource(data.markerOffset(), seed, 0), 16),
                        new Workload.Volume(
                                log, new DatabaseSource(log.markerOffset(), seed + 1, 0), 16)),
                endpoints,
                patience);
    }

    private static void awaitWrites(Workload workload, long more) {
        long target = workload.snapshot().writes() + more;
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            workload.checkHealth();
                            return workload.snapshot().writes() >= target;
                        });
    }

    private long flushPoints() {
        return data.flushPoints() + log.flushPoints();
    }

    private static ImageVerification verify(TwoSites sites, WriteRecord record) throws IOException {
        Map<String, Path> images = new TreeMap<>();
        TwoSites.NAMES.forEach(site -> images.put(site, sites.image(record.vvol(), site)));
        return ImageVerifier.verify(record, images);
    }
}
