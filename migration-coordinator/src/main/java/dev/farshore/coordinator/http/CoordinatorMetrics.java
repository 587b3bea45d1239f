package dev.farshore.coordinator.http;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The metrics of a coordinator: what it alone knows of every volume at every site. */
final class CoordinatorMetrics {
    private CoordinatorMetrics() {}

    static MetricSnapshots of(List<LagReport> lags, List<ClockReport> clocks) {
        List<LagReport> known = lags.stream().filter(lag -> lag.events() != null).toList();
        List<LagReport> unpublished =
                lags.stream().filter(lag -> lag.unpublished() != null).toList();
        List<LagReport> judged = lags.stream().filter(lag -> lag.retention() != null).toList();
        return new MetricSnapshots(
                lagGauge(
                        "farshore_lag_events",
                        "Events that a site's image has not hardened.",
                        known,
                        lag -> number(lag.events())),
                lagGauge(
                        "farshore_lag_bytes",
                        "Payload bytes of those.",
                        known,
                        lag -> number(lag.bytes())),
                lagGauge(
                        "farshore_lag_seconds",
                        "Age of the oldest of those.",
                        known,
                        lag -> number(lag.seconds())),
                lagGauge(
                        "farshore_lag_unknown",
                        "1 where it is not known how far a site's image is behind; 0 where it is.",
                        lags,
                        lag -> lag.events() == null ? 1 : 0),
                lagGauge(
                        "farshore_acknowledged_unpublished_events",
                        "Events that the owner's node has acknowledged and the log has not.",
                        unpublished,
                        lag -> unpublished(lag).events()),
                lagGauge(
                        "farshore_acknowledged_unpublished_bytes",
                        "Payload bytes of those.",
                        unpublished,
                        lag -> unpublished(lag).bytes()),
                lagGauge(
                        "farshore_acknowledged_unpublished_seconds",
                        "Age of the oldest of those.",
                        unpublished,
                        lag -> unpublished(lag).seconds()),
                lagGauge(
                        "farshore_site_silent_seconds",
                        "Since the image's node was heard of last, if unusually long; else 0.",
                        lags,
                        lag -> number(lag.silentSeconds())),
                lagGauge(
                        "farshore_retention_headroom_seconds",
                        "Until the log may forget an event that a site still needs.",
                        judged,
                        CoordinatorMetrics::seconds),
                lagGauge(
                        "farshore_retention_headroom_share",
                        "What is left of the time or bytes that the log keeps; 0 when overtaken.",
                        judged,
                        CoordinatorMetrics::share),
                clockGauge(
                        "farshore_clock_skew_seconds",
                        "A node's clock minus the coordinator's.",
                        clocks,
                        ClockReport::skewSeconds),
                clockGauge(
                        "farshore_clock_skew_error_seconds",
                        "By how much that may be wrong in either direction.",
                        clocks,
                        ClockReport::errorSeconds));
    }

    private static double number(@Nullable Number value) {
        return value == null ? 0 : value.doubleValue();
    }

    private static LagReport.Unpublished unpublished(LagReport lag) {
        return Objects.requireNonNull(lag.unpublished());
    }

    private static double seconds(LagReport lag) {
        return lag.retention() == null || lag.retention().seconds() == null
                ? Double.POSITIVE_INFINITY
                : lag.retention().seconds();
    }

    private static double share(LagReport lag) {
        return lag.retention() == null ? 1 : lag.retention().share();
    }

    private static GaugeSnapshot clockGauge(
            String name,
            String help,
            List<ClockReport> clocks,
            ToDoubleFunction<ClockReport> value) {
        return gauge(
                name,
                help,
                clocks,
                clock -> Labels.of("site", clock.site(), "node", clock.node()),
                value);
    }

    private static GaugeSnapshot lagGauge(
            String name, String help, List<LagReport> lags, ToDoubleFunction<LagReport> value) {
        return gauge(
                name,
                help,
                lags,
                lag -> Labels.of("vvol", lag.volume(), "vm", lag.vm(), "site", lag.site()),
                value);
    }

    private static <T> GaugeSnapshot gauge(
            String name,
            String help,
            List<T> reports,
            Function<T, Labels> labels,
            ToDoubleFunction<T> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (T report : reports) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(labels.apply(report))
                            .value(value.applyAsDouble(report))
                            .build());
        }
        return gauge.build();
    }
}
