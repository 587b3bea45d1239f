package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The wall clock of an owner's node is set forward and back while its volume is written. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ClockJumpTest {
    private static final String VVOL = "jumping";
    private static final String VM = "jumping-vm";
    private static final long SIZE_BYTES = 1L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For whatever was under way when the clock jumped. */
    private static final Duration MENDED_AFTER = Duration.ofSeconds(5);

    private static final Duration OBSERVED = Duration.ofSeconds(9);
    private static final String SESSION_TIMEOUT = "6s";

    /**
     * Longer than Kafka waits for a member that sends no heartbeats; nothing is written meanwhile,
     * as commits count as heartbeats.
     */
    private static final Duration IDLE = Duration.ofSeconds(10);

    private static final long MAX_LAG_SECONDS = 5;

    private final HttpClient http = HttpClient.newHttpClient();
    private Sites sites;

    @Test
    void shouldGoOnWithinSecondsHoweverItsClockJumps(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        ShiftedClock clock = ShiftedClock.in(folder);
        try (Sites started =
                new Sites(
                        folder,
                        environment,
                        "http: {listen: \"127.0.0.1:0\"}\nstreams: {sessionTimeout: %s}"
                                .formatted(SESSION_TIMEOUT),
                        List.of("ja", "jb"))) {
            sites = started;
            NodeProcess node = sites.node("ja");
            node.stop();
            node.setVariables(clock.variables());
            startWhileTheClockJumps(node, clock);
            sites.createVolume(VVOL, SIZE_BYTES, "ja");
            sites.createVm(VM, VVOL);

            String before = node.output();
            for (int hours = 2; hours < 12; hours++) {
                clock.set(Duration.ofHours(hours));
                Thread.sleep(120);
            }
            writeAndObserve("hours forward");
            clock.set(Duration.ofHours(-1));
            Thread.sleep(IDLE);
            writeAndObserve("hours back");

            assertThat(node.output().substring(before.length()))
                    .as("what the clock has done to the node's part in its group")
                    .doesNotContain("A stream thread has died", "REBALANCING");
            MigrationReport moved = sites.migrate(VM, "jb");
            assertThat(moved.step()).as("hand-over %s", moved).isEqualTo(MigrationReport.FINISHED);
        }
    }

    private static void startWhileTheClockJumps(NodeProcess node, ShiftedClock clock)
            throws Exception {
        Thread jump =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        Thread.sleep(Duration.ofSeconds(3));
                                        clock.set(Duration.ofHours(1));
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
        node.start();
        jump.join();
    }

    private void writeAndObserve(String jump) throws Exception {
        long jumpedNanos = System.nanoTime();
        long slowestMillis = 0;
        try (NbdClient client = NbdClient.connect(sites.locate(VVOL), PATIENCE)) {
            while (System.nanoTime() - jumpedNanos < OBSERVED.toNanos()) {
                long beginNanos = System.nanoTime();
                client.write(0, ByteBuffer.allocate(4096), false).get(30, TimeUnit.SECONDS);
                client.flush().get(30, TimeUnit.SECONDS);
                slowestMillis =
                        Math.max(slowestMillis, (System.nanoTime() - beginNanos) / 1_000_000);
                if (System.nanoTime() - jumpedNanos > MENDED_AFTER.toNanos()) {
                    checkApplied(jump);
                }
                Thread.sleep(100);
            }
        }
        System.out.printf("ClockJumpTest: %s: slowest flush %d ms%n", jump, slowestMillis);
        sites.awaitHardened(VVOL);
    }

    private void checkApplied(String jump) throws Exception {
        VolumeReport.Image image = sites.image(VVOL, "ja").orElseThrow();
        HttpRequest health =
                HttpRequest.newBuilder(URI.create(image.httpUrl() + "/healthz")).build();
        assertThat(http.send(health, BodyHandlers.ofString()).statusCode())
                .as("health, %s", jump)
                .isEqualTo(200);
        for (LagReport lag : lags()) {
            assertThat(lag.seconds())
                    .as("lag at %s, %s", lag.site(), jump)
                    .isLessThan(MAX_LAG_SECONDS);
        }
    }

    private List<LagReport> lags() {
        return sites
                .coordinator()
                .volumeReports()
                .lags(List.of(sites.coordinator().volumes().require(VVOL)))
                .stream()
                .filter(lag -> lag.site().startsWith("j"))
                .toList();
    }
}
