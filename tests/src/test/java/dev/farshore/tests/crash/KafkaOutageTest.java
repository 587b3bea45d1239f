package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.tests.fixture.Broker;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Kafka away under load: writes go on until the journal is full, then wait; nothing fails; when it
 * is back, everything drains in order. {@code -Dfarshore.outage.seconds=60} for a full minute.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all
class KafkaOutageTest {
    private static final Duration OUTAGE =
            Duration.ofSeconds(Integer.getInteger("farshore.outage.seconds", 8));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CLIENTS = 2;
    private static final long REGION_BYTES = 8L << 20;
    private static final int OPERATIONS_PER_SECOND = 500;

    /** Some seconds of the load. */
    private static final long JOURNAL_BYTES = 16L << 20;

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private Path folder;
    private KafkaEnvironment environment;
    private Broker kafka;

    @BeforeAll
    void startKafka(@TempDir Path temporary) throws Exception {
        folder = temporary;
        environment =
                KafkaEnvironment.start(
                        KafkaEnvironment.Setup.withoutRegistry(folder.resolve("kafka")));
        kafka = environment.broker();
        Brokers.createTopics(kafka.bootstrapServers());
    }

    @AfterAll
    void killKafka() {
        environment.close();
    }

    private Stream<BrokerOutage> possibleOutages() {
        return Stream.of(BrokerOutage.values()).filter(outage -> outage.isPossible(kafka));
    }

    @ParameterizedTest
    @MethodSource("possibleOutages")
    void shouldGoOnUntilTheJournalIsFullThenWaitAndDrainInOrder(BrokerOutage outage)
            throws Exception {
        System.out.printf("KafkaOutageTest: -Dfarshore.seed=%d%n", seed);
        String vvol = "outage-" + outage.name().toLowerCase(Locale.ROOT);
        try (CaptureProcess capture = capture(vvol, "LOG");
                Guests guests =
                        new Guests(
                                vvol,
                                capture::uri,
                                CLIENTS,
                                REGION_BYTES,
                                seed,
                                OPERATIONS_PER_SECOND,
                                false, // these would fill the queues before the journal is full
                                OUTAGE.plus(PATIENCE))) {
            capture.start();
            guests.start();
            await().atMost(PATIENCE).until(() -> guests.answered() > 1000);

            outage.begin(kafka);
            long beginNs = System.nanoTime();
            long answeredAtBegin = guests.answered();
            long answeredWhenFull = awaitStandstill(guests);
            double untilFullSeconds = secondsSince(beginNs);
            Thread.sleep(OUTAGE.minusNanos(System.nanoTime() - beginNs).toMillis() + 1);
            guests.checkHealth();
            long answeredAtEnd = guests.answered();
            outage.end(kafka);
            long endNs = System.nanoTime();
            await("goes on").atMost(PATIENCE).until(() -> guests.answered() > answeredAtEnd + 1000);
            double untilOnSeconds = secondsSince(endNs);
            guests.stop();

            assertThat(answeredWhenFull)
                    .as("went on after Kafka was gone")
                    .isGreaterThan(answeredAtBegin);
            assertThat(answeredAtEnd)
                    .as("waits once the journal is full")
                    .isEqualTo(answeredWhenFull);
            assertThat(guests.differences()).as("read back, seed %d", seed).isEmpty();
            TopicsAudit.Findings found = audit(vvol);
            assertThat(found.writes().seq())
                    .isEqualTo(found.newestSeq())
                    .isGreaterThan(guests.issued() + guests.flushPoints());
            System.out.printf(
                    "KafkaOutageTest: seed %d: %s for %.1f s: %d requests answered until the journal"
                            + " was full, %.1f s of waiting; 1000 more %.1f s after the end;"
                            + " log: %d events, %d sent again%n",
                    seed,
                    outage,
                    (endNs - beginNs) / 1e9,
                    answeredWhenFull - answeredAtBegin,
                    (endNs - beginNs) / 1e9 - untilFullSeconds,
                    untilOnSeconds,
                    found.writes().seq(),
                    found.duplicates());
        }
    }

    @Test
    void shouldKeepAFlushWaitingWhereTheLogIsPromised() throws Exception {
        try (CaptureProcess capture = capture("flush-log", "LOG")) {
            capture.start();
            try (NbdClient client = NbdClient.connect(capture.uri(), PATIENCE)) {
                client.flush().get(60, TimeUnit.SECONDS);
                BrokerOutage.FROZEN.begin(kafka);
                client.write(0, ByteBuffer.allocate(4096), false).get(10, TimeUnit.SECONDS);
                CompletableFuture<Void> flushed = client.flush();
                Thread.sleep(2000);
                assertThat(flushed).isNotDone();
                BrokerOutage.FROZEN.end(kafka);
                flushed.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void shouldAnswerAFlushWithoutKafkaWhereTheJournalIsPromised() throws Exception {
        try (CaptureProcess capture = capture("flush-local", "LOCAL")) {
            capture.start();
            try (NbdClient client = NbdClient.connect(capture.uri(), PATIENCE)) {
                client.flush().get(60, TimeUnit.SECONDS);
                BrokerOutage.FROZEN.begin(kafka);
                client.write(0, ByteBuffer.allocate(4096), true).get(10, TimeUnit.SECONDS);
                client.flush().get(10, TimeUnit.SECONDS);
                BrokerOutage.FROZEN.end(kafka);
            }
        }
    }

    /**
     * Requests answered when no more are: the journal is full, or every request in flight waits.
     */
    private static long awaitStandstill(Guests guests) {
        long[] last = {-1};
        await("standstill")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(
                        () -> {
                            long before = last[0];
                            last[0] = guests.answered();
                            return before == last[0];
                        });
        return last[0];
    }

    private static double secondsSince(long ns) {
        return (System.nanoTime() - ns) / 1e9;
    }

    private CaptureProcess capture(String vvol, String durability) throws Exception {
        return new CaptureProcess(
                folder.resolve(vvol),
                kafka.bootstrapServers(),
                vvol,
                CLIENTS * REGION_BYTES,
                JOURNAL_BYTES,
                durability);
    }

    private TopicsAudit.Findings audit(String vvol) {
        TopicsAudit topics =
                new TopicsAudit(
                        kafka.bootstrapServers(),
                        vvol,
                        CaptureMain.PARTITION,
                        CaptureMain.EVENTS,
                        CaptureMain.HEADERS);
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .until(topics::findings, found -> found.headers().equals(found.writes()));
    }
}
