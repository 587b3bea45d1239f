package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.nbd.NbdProtocol;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdErrorException;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.tests.fixture.EmbeddedKafkaEnvironment;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.TcpProxy;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A site whose link to Kafka is cut while its volume is written: what it reads of the newest data
 * when the link is back, and while its image still catches up over a link of a WAN's bandwidth.
 */
@Tag("slow")
@RunsOn(
        value = RunsOn.Place.EMBEDDED,
        because =
                "one site reaches the broker through a proxy of the test, at a listener of its own")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class CutOffSiteTest {
    /** Written while the link is cut. */
    private static final int MEBIBYTES = Integer.getInteger("farshore.cut.mebibytes", 192);

    private static final long LINK_BYTES_PER_SECOND =
            Integer.getInteger("farshore.cut.linkMegabytes", 20) * 1_000_000L;

    private static final int BLOCK = 64 << 10;
    private static final int SMALL = 4096;
    private static final long SIZE_BYTES = 64L << 20;
    private static final int READS_ALONE = 11;

    /** All at once: in a line they would take tens of seconds over the longer link. */
    private static final int READS = Integer.getInteger("farshore.cut.reads", 200);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Path folder;
    private TcpProxy proxy;
    private KafkaEnvironment environment;
    private Sites sites;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        int brokerPort = freePort();
        proxy = TcpProxy.to(brokerPort);
        environment =
                EmbeddedKafkaEnvironment.of(
                        EmbeddedEnvironment.start(
                                new EmbeddedEnvironment.Settings(
                                        temporary.resolve("environment"),
                                        0,
                                        0,
                                        news -> {},
                                        new EmbeddedEnvironment.Detour(brokerPort, proxy.port()))));
        sites =
                new Sites(
                        temporary,
                        environment,
                        Map.of("cb", proxy.address()),
                        "",
                        List.of("ca", "cb"));
    }

    @AfterAll
    void stop() throws IOException {
        if (sites != null) {
            sites.close();
        }
        if (environment != null) {
            environment.close();
        }
        proxy.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** Added to the link each way. */
    static List<Integer> delaysMillis() {
        return Arrays.stream(System.getProperty("farshore.cut.delays", "0,40").split(","))
                .map(Integer::valueOf)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("delaysMillis")
    void shouldReadTheNewestDataAtOnceWhenTheLinkIsBack(int delayMillis) throws Exception {
        cutWriteAndRead("disk-" + delayMillis, Duration.ofMillis(delayMillis));
    }

    private void cutWriteAndRead(String vvol, Duration delay) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("CutOffSiteTest seed " + seed + " (-Dfarshore.seed)");
        proxy.limit(Long.MAX_VALUE);
        proxy.delay(delay);
        sites.createVolume(vvol, SIZE_BYTES, "ca");
        sites.awaitHardened(vvol);
        try (NbdClient owner = connect(vvol, "ca");
                NbdClient latest = connect(vvol + "@latest", "cb");
                NbdClient replica = connect(vvol + "@replica", "cb")) {
            proxy.cut();
            CompletableFuture<Void> cutRead = latest.read(0, ByteBuffer.allocateDirect(SMALL));
            long writeNanos = System.nanoTime();
            int[] written = write(owner, new Random(seed));
            report(vvol, "wrote %d MiB while the link was cut".formatted(MEBIBYTES), writeNanos);
            assertThat(error(cutRead)).isEqualTo(NbdProtocol.EIO);
            replica.read(0, ByteBuffer.allocateDirect(SMALL)).get(1, TimeUnit.SECONDS);

            proxy.limit(LINK_BYTES_PER_SECOND);
            long backNanos = System.nanoTime();
            proxy.restore();
            verify(latest, written, new Random(seed), 1, "first block");
            report(vvol, "first read of latest was right after", backNanos);
            assertThat(behind(vvol))
                    .as("events that the image still lacks, after that read was right")
                    .isPositive();
            long readsNanos = System.nanoTime();
            verify(latest, written, new Random(seed + 1), READS, "seed " + seed);
            report(vvol, READS + " reads of 4 KiB of latest at once took", readsNanos);
            readAlone(vvol, latest, written, new Random(seed + 2));
            long copyNanos = System.nanoTime();
            Path copy = folder.resolve(vvol + ".raw");
            RealClient.in(folder).run("nbdcopy", uri(vvol + "@latest", "cb"), copy.toString());
            report(vvol, "nbdcopy of %d MiB of latest took".formatted(SIZE_BYTES >> 20), copyNanos);
            sites.awaitHardened(vvol);
            report(vvol, "the image had caught up after", backNanos);
            assertThat(Files.mismatch(copy, sites.node("ca").image(vvol))).isEqualTo(-1);
            assertThat(Files.mismatch(copy, sites.node("cb").image(vvol))).isEqualTo(-1);
        }
    }

    private static void report(String vvol, String what, long sinceNanos) {
        System.out.printf(
                "REPORT CutOffSiteTest %s: %s %.3f s%n",
                vvol, what, (System.nanoTime() - sinceNanos) / 1e9);
    }

    /** Reads one small block after the other. */
    private static void readAlone(String vvol, NbdClient latest, int[] written, Random random)
            throws Exception {
        long[] nanos = new long[READS_ALONE];
        for (int read = 0; read < nanos.length; read++) {
            long startNanos = System.nanoTime();
            verify(latest, written, random, 1, "alone");
            nanos[read] = System.nanoTime() - startNanos;
        }
        Arrays.sort(nanos);
        System.out.printf(
                "REPORT CutOffSiteTest %s: a read alone takes %.3f s (median of %d)%n",
                vvol, nanos[nanos.length / 2] / 1e9, nanos.length);
    }

    private long behind(String vvol) {
        return sites
                .coordinator()
                .volumeReports()
                .lags(List.of(sites.coordinator().volumes().require(vvol)))
                .stream()
                .filter(lag -> lag.site().equals("cb"))
                .mapToLong(lag -> Objects.requireNonNull(lag.events()))
                .findFirst()
                .orElseThrow();
    }

    /** Writes blocks at random places; returns what each has in the end: 0 for never written. */
    private static int[] write(NbdClient owner, Random random) {
        int[] written = new int[(int) (SIZE_BYTES / BLOCK)];
        Deque<CompletableFuture<Void>> inFlight = new ArrayDeque<>();
        for (int write = 1; write <= MEBIBYTES * 16; write++) {
            int block = random.nextInt(written.length);
            if (written[block] != 0 || inFlight.size() == 16) {
                // Writes of one block must not be in flight together.
                inFlight.forEach(CompletableFuture::join);
                inFlight.clear();
            }
            written[block] = write;
            inFlight.add(owner.write((long) block * BLOCK, content(write), false));
        }
        inFlight.forEach(CompletableFuture::join);
        // In the log then, which is what latest promises to read.
        owner.flush().join();
        return written;
    }

    private static ByteBuffer content(int write) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK);
        byte[] random = new byte[BLOCK];
        if (write > 0) {
            new Random(write).nextBytes(random);
        }
        return bytes.put(random).flip();
    }

    /** Reads small blocks at random places, all in flight together. */
    private static void verify(
            NbdClient latest, int[] written, Random random, int count, String what)
            throws Exception {
        List<CompletableFuture<Void>> reads = new ArrayList<>();
        List<Runnable> checks = new ArrayList<>();
        for (int read = 0; read < count; read++) {
            int block = random.nextInt(written.length);
            int from = random.nextInt(BLOCK / SMALL) * SMALL;
            ByteBuffer into = ByteBuffer.allocateDirect(SMALL);
            reads.add(latest.read((long) block * BLOCK + from, into));
            checks.add(
                    () ->
                            assertThat(into.rewind())
                                    .as("block %d of write %d, %s", block, written[block], what)
                                    .isEqualTo(content(written[block]).slice(from, SMALL)));
        }
        for (CompletableFuture<Void> read : reads) {
            read.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        checks.forEach(Runnable::run);
    }

    private static int error(CompletableFuture<Void> read) throws Exception {
        try {
            read.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return 0;
        } catch (java.util.concurrent.ExecutionException e) {
            return ((NbdErrorException) e.getCause()).error();
        }
    }

    private NbdClient connect(String export, String site) throws IOException {
        return NbdClient.connect(NbdUri.parse(uri(export, site)), PATIENCE);
    }

    private String uri(String export, String site) {
        return "nbd+unix:///%s?socket=%s".formatted(export, sites.node(site).socket());
    }
}
