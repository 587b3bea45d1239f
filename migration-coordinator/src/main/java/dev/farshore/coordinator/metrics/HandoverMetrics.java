package dev.farshore.coordinator.metrics;

import static dev.farshore.schemas.event.MigrationStep.CATCHING_UP;
import static dev.farshore.schemas.event.MigrationStep.DRAINING;
import static dev.farshore.schemas.event.MigrationStep.FAILED;
import static dev.farshore.schemas.event.MigrationStep.FINISHED;
import static dev.farshore.schemas.event.MigrationStep.OPENING;
import static dev.farshore.schemas.event.MigrationStep.ROLLED_BACK;
import static dev.farshore.schemas.event.MigrationStep.SEALING;
import static dev.farshore.schemas.event.MigrationStep.STARTED;
import static dev.farshore.schemas.event.MigrationStep.TAKEN_BACK;

import dev.farshore.coordinator.migration.MigrationMachine;
import dev.farshore.schemas.event.MigrationStep;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The metrics of hand-overs, counted anew from their history at each scrape: so every coordinator
 * says the same, and none counts a hand-over twice when it reads the history again.
 *
 * @param migrations all that the log tells of
 * @param nowMicros microseconds since 1970
 */
record HandoverMetrics(List<MigrationMachine> migrations, long nowMicros) {
    private static final double MICROS_PER_SECOND = 1e6;

    /** What a hand-over can be in before it is over. */
    private static final List<MigrationStep> ACTIVE =
            List.of(STARTED, CATCHING_UP, SEALING, DRAINING, OPENING);

    private static final List<MigrationStep> RESULTS =
            List.of(FINISHED, ROLLED_BACK, TAKEN_BACK, FAILED);

    /** From entering one step to entering the next. */
    private enum Phase {
        CATCH_UP(CATCHING_UP, SEALING),
        SEAL(SEALING, DRAINING),
        DRAIN(DRAINING, OPENING),
        OPEN(OPENING, FINISHED);

        private final MigrationStep from;
        private final MigrationStep to;

        Phase(MigrationStep from, MigrationStep to) {
            this.from = from;
            this.to = to;
        }
    }

    Stream<MetricSnapshot> all() {
        return Stream.of(results(), phases(), guestWaits(), active(), oldest(), holding());
    }

    private CounterSnapshot results() {
        CounterSnapshot.Builder counter =
                CounterSnapshot.builder()
                        .name("farshore_handovers")
                        .help("Hand-overs that are over, by how they ended.");
        for (MigrationStep result : RESULTS) {
            counter.dataPoint(
                    CounterDataPointSnapshot.builder()
                            .labels(Labels.of("result", label(result)))
                            .value(count(result))
                            .build());
        }
        return counter.build();
    }

    private HistogramSnapshot phases() {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder()
                        .name("farshore_handover_phase_seconds")
                        .help("How long hand-overs took for a phase that they completed.");
        for (Phase phase : Phase.values()) {
            Durations durations = new Durations();
            migrations.stream()
                    .flatMap(machine -> machine.timeline().between(phase.from, phase.to).stream())
                    .forEach(durations::add);
            histogram.dataPoint(
                    durations.point(Labels.of("phase", phase.name().toLowerCase(Locale.ROOT))));
        }
        return histogram.build();
    }

    private HistogramSnapshot guestWaits() {
        Durations durations = new Durations();
        migrations.stream()
                .flatMap(machine -> machine.timeline().waited().stream())
                .forEach(durations::add);
        return HistogramSnapshot.builder()
                .name("farshore_handover_guest_wait_seconds")
                .help(
                        "For how long hand-overs kept the guest's writes waiting, where that is known.")
                .dataPoint(durations.point(Labels.EMPTY))
                .build();
    }

    private GaugeSnapshot active() {
        return Gauges.of(
                "farshore_handovers_active",
                "Hand-overs under way, by the step that they are in.",
                ACTIVE,
                step -> Labels.of("phase", label(step)),
                this::count);
    }

    private GaugeSnapshot oldest() {
        return Gauges.of(
                "farshore_handover_oldest_seconds",
                "Since the oldest hand-over under way was started; 0 for none.",
                longestSeconds(STARTED));
    }

    private GaugeSnapshot holding() {
        return Gauges.of(
                "farshore_handover_holding_seconds",
                "Since the oldest hand-over under way began to hold its guest's writes; 0 for none.",
                longestSeconds(SEALING));
    }

    /** Since the earliest entry of a step, of all that are under way. */
    private double longestSeconds(MigrationStep step) {
        return migrations.stream()
                        .filter(machine -> !machine.isOver())
                        .flatMap(machine -> machine.timeline().at(step).stream())
                        .mapToLong(entry -> Math.max(0, nowMicros - entry.atMicros()))
                        .max()
                        .orElse(0)
                / MICROS_PER_SECOND;
    }

    private long count(MigrationStep last) {
        return migrations.stream()
                .filter(machine -> machine.timeline().last().step() == last)
                .count();
    }

    private static String label(MigrationStep step) {
        return step.name().toLowerCase(Locale.ROOT);
    }
}
