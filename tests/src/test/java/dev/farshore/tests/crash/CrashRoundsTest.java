package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * {@code kill -9} at random moments under load, round after round: after each one, before any
 * client gets through again, every acknowledged write is there; at the end both topics are
 * complete. {@code -Dfarshore.crash.rounds=N} for more of them, {@code -Dfarshore.seed=N} for the
 * same ones again.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class CrashRoundsTest {
    private static final int ROUNDS = Integer.getInteger("farshore.crash.rounds", 15);
    private static final String VVOL = "crash-disk";
    private static final int CLIENTS = 3;
    private static final long REGION_BYTES = 8L << 20;
    private static final int OPERATIONS_PER_SECOND = 3000;

    /** Small, so that the ring goes round and is full now and then. */
    private static final long JOURNAL_BYTES = 2L << 20;

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private int kills;
    private int pauses;

    @Test
    void shouldKeepEveryAcknowledgedWriteThroughAnyNumberOfKills(@TempDir Path folder)
            throws Exception {
        System.out.printf("CrashRoundsTest: %d rounds, -Dfarshore.seed=%d%n", ROUNDS, seed);
        try (KafkaEnvironment kafka =
                        KafkaEnvironment.start(
                                KafkaEnvironment.Setup.withoutRegistry(folder.resolve("kafka")));
                CaptureProcess capture =
                        new CaptureProcess(
                                folder.resolve("capture"),
                                kafka.bootstrapServers(),
                                VVOL,
                                CLIENTS * REGION_BYTES,
                                JOURNAL_BYTES,
                                "LOG");
                Guests guests =
                        new Guests(
                                VVOL,
                                capture::uri,
                                CLIENTS,
                                REGION_BYTES,
                                seed,
                                OPERATIONS_PER_SECOND,
                                true,
                                Duration.ofSeconds(60))) {
            Brokers.createTopics(kafka.bootstrapServers());
            long startNs = System.nanoTime();
            capture.start();
            guests.start();
            for (int round = 1; round <= ROUNDS; round++) {
                round(capture, guests, round);
            }
            guests.stop();
            assertThat(guests.differences()).as("at the end, seed %d", seed).isEmpty();
            long endNs = System.nanoTime();

            TopicsAudit.Findings findings = audit(kafka.bootstrapServers());
            // Each start opens an epoch of its own; one that was killed early perhaps not.
            assertThat(findings.writes().epoch()).isBetween(2, kills + 1);
            // Each write is an event at least, each flush another, and one opened each epoch.
            assertThat(findings.writes().seq())
                    .as("events in the log, seed %d", seed)
                    .isEqualTo(findings.newestSeq())
                    .isGreaterThan(guests.issued() + guests.flushPoints());
            assertThat(findings.fenced()).isZero();
            System.out.printf(
                    "CrashRoundsTest: seed %d: %d rounds, %d kills, %d pauses in %.1f s;"
                            + " %d writes sent, %d flushes; log: %d events, %d sent again%n",
                    seed,
                    ROUNDS,
                    kills,
                    pauses,
                    (endNs - startNs) / 1e9,
                    guests.issued(),
                    guests.flushPoints(),
                    findings.writes().seq(),
                    findings.duplicates());
        }
    }

    private void round(CaptureProcess capture, Guests guests, int round) throws Exception {
        Thread.sleep(random.nextInt(100, 1200));
        guests.checkHealth();
        if (random.nextInt(5) == 0) {
            capture.pause();
            Thread.sleep(random.nextInt(10, 1000));
            capture.resume();
            pauses++;
            Thread.sleep(random.nextInt(0, 300));
        }
        guests.closeGate();
        capture.kill();
        kills++;
        while (random.nextInt(4) == 0) {
            // Again, somewhere on its way up.
            capture.startSoon();
            Thread.sleep(random.nextInt(0, 2000));
            capture.kill();
            kills++;
        }
        capture.start();
        assertThat(guests.differences()).as("round %d, seed %d", round, seed).isEmpty();
        guests.openGate();
    }

    /** Once the headers of what the last flush was answered for have arrived, too. */
    private TopicsAudit.Findings audit(String brokers) {
        TopicsAudit topics =
                new TopicsAudit(
                        brokers,
                        VVOL,
                        CaptureMain.PARTITION,
                        CaptureMain.EVENTS,
                        CaptureMain.HEADERS);
        return await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .until(topics::findings, found -> found.headers().equals(found.writes()));
    }
}
