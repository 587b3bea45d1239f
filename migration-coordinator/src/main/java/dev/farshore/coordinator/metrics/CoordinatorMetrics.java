package dev.farshore.coordinator.metrics;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.migration.MigrationMachine;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The metrics of a coordinator: what it alone knows of every volume at every site. Made of what is
 * known at the moment of the scrape. Thread-safe.
 */
public final class CoordinatorMetrics {
    private static final double MILLIS_PER_SECOND = 1e3;

    /**
     * Where the values come from.
     *
     * @param lags of each volume at each site
     * @param isReady whether it has read its topics and hears of Kafka
     * @param chainBreaks headers found that do not follow from those before them
     * @param nowMicros microseconds since 1970
     */
    public record Sources(
            Supplier<List<LagReport>> lags,
            Supplier<List<ClockReport>> clocks,
            Supplier<List<MigrationMachine>> migrations,
            BooleanSupplier isReady,
            LongSupplier chainBreaks,
            LongSupplier nowMicros) {}

    private final Sources sources;
    private final Duration rpo;

    /**
     * @param rpo how old the oldest write that a site lacks may be
     */
    public CoordinatorMetrics(Sources sources, Duration rpo) {
        this.sources = sources;
        this.rpo = rpo;
    }

    /** As of now. */
    public MetricSnapshots snapshots() {
        long nowMicros = sources.nowMicros().getAsLong();
        Stream<MetricSnapshot> own =
                Stream.of(
                        Gauges.of(
                                "farshore_coordinator_ready",
                                "1 if the coordinator has read its topics and hears of Kafka.",
                                sources.isReady().getAsBoolean() ? 1 : 0),
                        Gauges.of(
                                "farshore_rpo_target_seconds",
                                "How old the oldest write that a site lacks may be, as configured.",
                                rpo.toMillis() / MILLIS_PER_SECOND),
                        chainBreaks());
        return new MetricSnapshots(
                Stream.of(
                                own,
                                new LagMetrics(sources.lags().get(), nowMicros).all(),
                                clocks(sources.clocks().get()),
                                new HandoverMetrics(sources.migrations().get(), nowMicros).all())
                        .flatMap(metrics -> metrics)
                        .toArray(MetricSnapshot[]::new));
    }

    private CounterSnapshot chainBreaks() {
        return CounterSnapshot.builder()
                .name("farshore_chain_breaks")
                .help(
                        "Headers that count and whose hash chain does not follow from the one before, as far as this process has read.")
                .dataPoint(
                        CounterDataPointSnapshot.builder()
                                .value(sources.chainBreaks().getAsLong())
                                .build())
                .build();
    }

    private static Stream<MetricSnapshot> clocks(List<ClockReport> clocks) {
        return Stream.of(
                Gauges.of(
                        "farshore_clock_skew_seconds",
                        "A node's clock minus the coordinator's.",
                        clocks,
                        CoordinatorMetrics::labels,
                        ClockReport::skewSeconds),
                Gauges.of(
                        "farshore_clock_skew_error_seconds",
                        "By how much that may be wrong in either direction.",
                        clocks,
                        CoordinatorMetrics::labels,
                        ClockReport::errorSeconds));
    }

    private static Labels labels(ClockReport clock) {
        return Labels.of("site", clock.site(), "node", clock.node());
    }
}
