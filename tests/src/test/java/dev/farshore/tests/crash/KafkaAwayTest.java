package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.site.Sites;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Kafka is away for longer than any of its clients waits for it. The long form: {@code
 * -Dfarshore.away.seconds=600 -Dfarshore.away.retainedMebibytes=1024}.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 40, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("NullAway.Init") // set before all
class KafkaAwayTest {
    private static final int MIB = 1 << 20;
    private static final String VVOL = "away";
    private static final List<String> SITES = List.of("wa", "wb");

    /** Longer than progress reports wait to be delivered. */
    private static final Duration OUTAGE =
            Duration.ofSeconds(Integer.getInteger("farshore.away.seconds", 25));

    private static final int RETAINED_MEBIBYTES =
            Integer.getInteger("farshore.away.retainedMebibytes", 112);

    private static final int WRITES_PER_SECOND = 200;
    private static final int WRITE_BYTES = 4096;
    private static final long MAX_READ_AGAIN_BYTES = 64L * MIB;
    private static final long SIZE_BYTES = 64L * MIB;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** What a node takes at most to end, whatever Kafka does. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private KafkaEnvironment environment;
    private Sites sites;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        environment =
                KafkaEnvironment.start(KafkaEnvironment.Setup.in(folder.resolve("environment")));
        sites = new Sites(folder, environment, "http: {listen: \"127.0.0.1:0\"}", SITES);
        long journalBytes =
                Math.max(64L * MIB, 2 * OUTAGE.toSeconds() * WRITES_PER_SECOND * WRITE_BYTES);
        sites.coordinator()
                .volumes()
                .create(new NewVolume(VVOL, SIZE_BYTES, SITES.getFirst(), null, journalBytes));
        await().atMost(PATIENCE)
                .until(
                        () ->
                                SITES.stream()
                                        .allMatch(
                                                site ->
                                                        sites.image(VVOL, site)
                                                                .map(VolumeReport.Image::open)
                                                                .orElse(false)));
    }

    @AfterAll
    void stop() {
        if (sites != null) {
            sites.close();
        }
        environment.close();
    }

    @Test
    @Order(1)
    void shouldReadOnlyWhatItMissedAfterAnOutage() throws Exception {
        try (NbdClient client = NbdClient.connect(sites.locate(VVOL), PATIENCE)) {
            ByteBuffer mebibyte = ByteBuffer.allocate(MIB);
            new Random(1).nextBytes(mebibyte.array());
            for (int written = 0; written < RETAINED_MEBIBYTES; written++) {
                long offset = (long) written * MIB % SIZE_BYTES;
                client.write(offset, mebibyte.duplicate(), false).get(60, TimeUnit.SECONDS);
            }
            client.flush().get(60, TimeUnit.SECONDS);
        }
        sites.awaitHardened(VVOL);
        Map<String, Long> before = readBytes();
        assertThat(before.values()).allMatch(read -> read > RETAINED_MEBIBYTES * (long) MIB);

        long writtenBytes = writeDuringAnOutage();

        sites.awaitHardened(VVOL);
        Thread.sleep(3000); // in case something is still being read again
        readBytes()
                .forEach(
                        (site, read) -> {
                            long again = read - before.get(site) - writtenBytes;
                            System.out.printf(
                                    "KafkaAwayTest: %d s away, %d MiB retained: %s read %.1f MiB,"
                                            + " %.1f MiB of them were written meanwhile%n",
                                    OUTAGE.toSeconds(),
                                    RETAINED_MEBIBYTES,
                                    site,
                                    (read - before.get(site)) / (double) MIB,
                                    writtenBytes / (double) MIB);
                            assertThat(again)
                                    .as("read again at %s", site)
                                    .isLessThan(MAX_READ_AGAIN_BYTES);
                        });
    }

    private long writeDuringAnOutage() throws Exception {
        AtomicBoolean isDone = new AtomicBoolean();
        AtomicLong written = new AtomicLong();
        try (NbdClient client = NbdClient.connect(sites.locate(VVOL), PATIENCE)) {
            Thread writer =
                    Thread.ofPlatform()
                            .daemon()
                            .start(
                                    () -> {
                                        Random random = new Random(2);
                                        byte[] bytes = new byte[WRITE_BYTES];
                                        while (!isDone.get()) {
                                            random.nextBytes(bytes);
                                            long block = random.nextLong(SIZE_BYTES / WRITE_BYTES);
                                            client.write(
                                                            block * WRITE_BYTES,
                                                            ByteBuffer.wrap(bytes),
                                                            false)
                                                    .join();
                                            written.addAndGet(WRITE_BYTES);
                                            pause();
                                        }
                                    });
            Thread.sleep(2000);
            BrokerOutage.FROZEN.begin(environment.broker());
            Thread.sleep(OUTAGE);
            BrokerOutage.FROZEN.end(environment.broker());
            Thread.sleep(5000);
            isDone.set(true);
            writer.join();
            client.flush().get(120, TimeUnit.SECONDS);
        }
        return written.get();
    }

    private static void pause() {
        try {
            Thread.sleep(1000 / WRITES_PER_SECOND);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @Order(2)
    void shouldEndWithinABoundThoughKafkaDoesNotAnswer() throws Exception {
        BrokerOutage.FROZEN.begin(environment.broker());
        Thread.sleep(3000);
        try {
            stopInTime(sites.node(SITES.getFirst()));
        } finally {
            BrokerOutage.FROZEN.end(environment.broker());
        }
    }

    @Test
    @Order(3)
    void shouldEndWithinABoundThoughKafkaEndsAtTheSameTime() throws Exception {
        environment.broker().kill();
        stopInTime(sites.node(SITES.getLast()));
    }

    private static void stopInTime(NodeProcess node) throws Exception {
        long beginNanos = System.nanoTime();
        node.stop();
        Duration took = Duration.ofNanos(System.nanoTime() - beginNanos);
        System.out.printf("KafkaAwayTest: %s ended after %d ms%n", node.name(), took.toMillis());
        assertThat(took).isLessThan(STOP_BOUND);
    }

    /** By site: what its node has read from Kafka to keep its images and its index. */
    private Map<String, Long> readBytes() throws Exception {
        Map<String, Long> read = new HashMap<>();
        for (String site : SITES) {
            URI metrics = URI.create(image(site).httpUrl() + "/metrics");
            long bytes =
                    http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                            .body()
                            .lines()
                            .filter(line -> line.startsWith("farshore_node_log_read_bytes_total{"))
                            .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                            .sum();
            read.put(site, bytes);
        }
        return read;
    }

    private VolumeReport.Image image(String site) {
        return sites.image(VVOL, site).orElseThrow();
    }
}
