package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.node.SiteNode;
import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Lag in seconds while the clock of the node that captures is wrong. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ClockSkewTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Several exchanges: a first one on a busy machine may be slow, and says so. */
    private static final double GOOD_ERROR_SECONDS = 0.05;

    @Test
    void shouldTellTheAgeOfWhatIsMissingWhateverTheClockOfTheWriter(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        try (Sites sites = new Sites(folder, environment, "sa", "sb")) {
            sites.node("sa").stop();
            sites.node("sb").stop();
            try (SiteNode _ = startAhead(sites.node("sa"), Duration.ofSeconds(90));
                    SiteNode reader = startAhead(sites.node("sb"), Duration.ofSeconds(-7))) {
                sites.createVolume("skew-disk", 16 << 20, "sa");
                sites.awaitHardened("skew-disk");
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> {
                                    assertSkew(lag(sites, "sa").clock(), 90);
                                    assertSkew(lag(sites, "sb").clock(), -7);
                                });

                reader.close();
                RealClient qemuIo = RealClient.in(folder);
                long beforeMicros = EpochMicros.now(InstantSource.system());
                qemuIo.run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write 0 64k",
                        "nbd+unix:///skew-disk?socket=" + sites.node("sa").socket());
                long afterMicros = EpochMicros.now(InstantSource.system());
                await().atMost(PATIENCE).until(() -> !lag(sites, "sb").isNone());
                Thread.sleep(Duration.ofSeconds(2));

                long askedMicros = EpochMicros.now(InstantSource.system());
                LagReport lag = lag(sites, "sb");
                long toldMicros = EpochMicros.now(InstantSource.system());
                double error = clockOf(sites, "sa").errorSeconds();
                assertThat(lag.knownSeconds())
                        .isGreaterThanOrEqualTo((askedMicros - afterMicros) / 1e6 - error)
                        .isLessThanOrEqualTo((toldMicros - beforeMicros) / 1e6 + error);

                sites.node("sb").start();
                sites.awaitHardened("skew-disk");
                assertThat(lag(sites, "sb").isNone()).isTrue();
            }
        }
    }

    private static SiteNode startAhead(NodeProcess node, Duration ahead) throws Exception {
        return SiteNode.start(
                node.config(),
                Clock.offset(Clock.systemUTC(), ahead),
                ApplyListener.NONE,
                news -> {});
    }

    private static void assertSkew(ClockReport clock, double seconds) {
        assertThat(clock).isNotNull();
        assertThat(clock.errorSeconds()).isLessThan(GOOD_ERROR_SECONDS);
        assertThat(clock.skewSeconds()).isCloseTo(seconds, within(clock.errorSeconds()));
    }

    private static ClockReport clockOf(Sites sites, String site) {
        return lag(sites, site).clock();
    }

    private static LagReport lag(Sites sites, String site) {
        Coordinator coordinator = sites.coordinator();
        return coordinator
                .volumeReports()
                .lags(List.of(coordinator.volumes().require("skew-disk")))
                .stream()
                .filter(report -> report.site().equals(site))
                .findFirst()
                .orElseThrow();
    }
}
