package dev.farshore.coordinator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.RetentionReport;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.VolumePosition;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class CoordinatorMetricsTest {
    private static final long SECOND = 1_000_000;
    private static final String AT_B = "{site=\"b\",vm=\"shop\",vvol=\"data\"}";

    private final List<LagReport> lags = new ArrayList<>();
    private final List<ClockReport> clocks = new ArrayList<>();
    private final MigrationHistory history = new MigrationHistory();
    private boolean isReady = true;
    private final CoordinatorMetrics metrics =
            new CoordinatorMetrics(
                    new CoordinatorMetrics.Sources(
                            () -> lags,
                            () -> clocks,
                            history::all,
                            () -> isReady,
                            () -> 3,
                            () -> 1_000 * SECOND),
                    Duration.ofMillis(2_500));

    @Test
    void shouldTellLagsAndStates() throws Exception {
        lags.add(
                new LagReport(
                        "data",
                        "shop",
                        "b",
                        "a",
                        7L,
                        4_096L,
                        1.5,
                        "GAP",
                        "",
                        new RetentionReport("OK", null, 0.75),
                        new ClockReport("b", "b-1", 2, 0.001, Instant.ofEpochSecond(990)),
                        new LagReport.Unpublished(3, 512, 0.25),
                        null,
                        new LagReport.Applied(5, 2_048L, 0.5),
                        "STALLED",
                        12.5));

        assertThat(lines())
                .contains(
                        "farshore_lag_events" + AT_B + " 7.0",
                        "farshore_lag_bytes" + AT_B + " 4096.0",
                        "farshore_lag_seconds" + AT_B + " 1.5",
                        "farshore_lag_unknown" + AT_B + " 0.0",
                        "farshore_applied_lag_events" + AT_B + " 5.0",
                        "farshore_applied_lag_bytes" + AT_B + " 2048.0",
                        "farshore_applied_lag_seconds" + AT_B + " 0.5",
                        "farshore_acknowledged_unpublished_events" + AT_B + " 3.0",
                        "farshore_acknowledged_unpublished_bytes" + AT_B + " 512.0",
                        "farshore_acknowledged_unpublished_seconds" + AT_B + " 0.25",
                        "farshore_rpo_seconds" + AT_B + " 12.5",
                        "farshore_retention_headroom_seconds" + AT_B + " +Inf",
                        "farshore_retention_headroom_share" + AT_B + " 0.75",
                        "farshore_site_silent_seconds" + AT_B + " 12.0",
                        "farshore_rpo_target_seconds 2.5",
                        "farshore_coordinator_ready 1.0",
                        "farshore_chain_breaks_total 3.0");
        assertThat(lines())
                .filteredOn(line -> line.contains("state=") || line.contains("health="))
                .containsExactly(
                        "farshore_lag_state{site=\"b\",state=\"stalled\",vm=\"shop\",vvol=\"data\"} 1.0",
                        "farshore_site_image_health{health=\"gap\",site=\"b\",vm=\"shop\",vvol=\"data\"} 1.0");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() throws Exception {
        lags.add(nothingKnown(null));
        assertThat(lines().filter(line -> line.contains("vvol=")))
                .containsExactlyInAnyOrder(
                        "farshore_lag_unknown" + AT_B + " 1.0",
                        "farshore_site_image_health{health=\"unknown\",site=\"b\",vm=\"shop\",vvol=\"data\"} 1.0");

        lags.set(0, nothingKnown(new LagReport.Applied(5, null, 0.5)));
        assertThat(lines().filter(line -> line.contains("applied")))
                .containsExactly(
                        "farshore_applied_lag_events" + AT_B + " 5.0",
                        "farshore_applied_lag_seconds" + AT_B + " 0.5");
    }

    private static LagReport nothingKnown(LagReport.@Nullable Applied applied) {
        return new LagReport(
                "data", "shop", "b", "a", null, null, null, "UNKNOWN", "", null, null, null, null,
                applied, null, null);
    }

    @Test
    void shouldSayThatItIsNotReady() throws Exception {
        isReady = false;

        assertThat(lines()).contains("farshore_coordinator_ready 0.0");
    }

    @Test
    void shouldTellOfClocks() throws Exception {
        clocks.add(new ClockReport("b", "b-1", -2.5, 0.001, Instant.EPOCH));

        assertThat(lines())
                .contains(
                        "farshore_clock_skew_seconds{node=\"b-1\",site=\"b\"} -2.5",
                        "farshore_clock_skew_error_seconds{node=\"b-1\",site=\"b\"} 0.001");
    }

    @Test
    void shouldTellOfHandOvers() throws Exception {
        step("done", MigrationStep.STARTED, 10, 1);
        step("done", MigrationStep.CATCHING_UP, 11, 1);
        step("done", MigrationStep.SEALING, 31, 1);
        step("done", MigrationStep.DRAINING, 32, 1);
        step("done", MigrationStep.OPENING, 32, 1);
        step("done", MigrationStep.FINISHED, 33, 2);
        step("given-up", MigrationStep.STARTED, 100, 2);
        step("given-up", MigrationStep.FAILED, 101, 2);
        step("now", MigrationStep.STARTED, 970, 2);
        step("now", MigrationStep.CATCHING_UP, 980, 2);

        assertThat(lines())
                .contains(
                        "farshore_handovers_total{result=\"finished\"} 1.0",
                        "farshore_handovers_total{result=\"failed\"} 1.0",
                        "farshore_handovers_total{result=\"rolled_back\"} 0.0",
                        "farshore_handovers_total{result=\"taken_back\"} 0.0",
                        "farshore_handovers_active{phase=\"catching_up\"} 1.0",
                        "farshore_handovers_active{phase=\"opening\"} 0.0",
                        "farshore_handover_oldest_seconds 30.0",
                        "farshore_handover_holding_seconds 0.0",
                        "farshore_handover_phase_seconds_bucket{phase=\"catch_up\",le=\"10.0\"} 0",
                        "farshore_handover_phase_seconds_bucket{phase=\"catch_up\",le=\"20.0\"} 1",
                        "farshore_handover_phase_seconds_bucket{phase=\"catch_up\",le=\"+Inf\"} 1",
                        "farshore_handover_phase_seconds_sum{phase=\"catch_up\"} 20.0",
                        "farshore_handover_phase_seconds_bucket{phase=\"drain\",le=\"0.01\"} 1",
                        "farshore_handover_phase_seconds_count{phase=\"open\"} 1",
                        "farshore_handover_guest_wait_seconds_count 0");
    }

    @Test
    void shouldTellForHowLongAGuestIsHeld() throws Exception {
        step("now", MigrationStep.STARTED, 910, 1);
        step("now", MigrationStep.CATCHING_UP, 920, 1);
        step("now", MigrationStep.SEALING, 985, 1);

        assertThat(lines())
                .contains(
                        "farshore_handover_oldest_seconds 90.0",
                        "farshore_handover_holding_seconds 15.0");
    }

    private void step(String migration, MigrationStep step, long second, int epoch) {
        assertThat(
                        history.replay(
                                MigrationEvent.newBuilder()
                                        .setMigration(migration)
                                        .setVm("shop")
                                        .setFromSite("a")
                                        .setToSite("b")
                                        .setMode("drain")
                                        .setStep(step)
                                        .setAtMicros(second * SECOND)
                                        .setVolumes(List.of(position(epoch)))
                                        .build()))
                .as("%s of %s", step, migration)
                .isTrue();
    }

    private static VolumePosition position(int epoch) {
        return new VolumePosition("data", epoch, 9L, 9L, 8L);
    }

    private Stream<String> lines() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create()
                .write(text, metrics.snapshots(), EscapingScheme.ALLOW_UTF8);
        return text.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"));
    }
}
