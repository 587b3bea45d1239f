package dev.farshore.coordinator.metrics;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.RetentionReport;
import dev.farshore.schemas.clock.EpochMicros;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The metrics of each volume at each site. States are series of value 1 that have the state as a
 * label: there is one for the state that is, and none for the others.
 *
 * @param nowMicros microseconds since 1970
 */
record LagMetrics(List<LagReport> lags, long nowMicros) {
    private static final double MICROS_PER_SECOND = 1e6;

    Stream<MetricSnapshot> all() {
        return Stream.of(hardened(), applied(), unpublished(), objective(), condition())
                .flatMap(Function.identity());
    }

    private Stream<MetricSnapshot> hardened() {
        return Stream.of(
                gauge(
                        "farshore_lag_events",
                        "Events that a site's image has not hardened.",
                        LagReport::events),
                gauge("farshore_lag_bytes", "Payload bytes of those.", LagReport::bytes),
                gauge("farshore_lag_seconds", "Age of the oldest of those.", LagReport::seconds),
                gauge(
                        "farshore_lag_unknown",
                        "1 where it is not known how far a site's image is behind; 0 where it is.",
                        lag -> lag.events() == null ? 1 : 0));
    }

    private Stream<MetricSnapshot> applied() {
        return Stream.of(
                gauge(
                        "farshore_applied_lag_events",
                        "Events that a site's image has not applied, by its last report.",
                        of(LagReport::applied, LagReport.Applied::events)),
                gauge(
                        "farshore_applied_lag_bytes",
                        "Payload bytes of those.",
                        of(LagReport::applied, LagReport.Applied::bytes)),
                gauge(
                        "farshore_applied_lag_seconds",
                        "Age of the oldest of those.",
                        of(LagReport::applied, LagReport.Applied::seconds)));
    }

    private Stream<MetricSnapshot> unpublished() {
        return Stream.of(
                gauge(
                        "farshore_acknowledged_unpublished_events",
                        "Events that the owner's node has acknowledged and the log has not.",
                        of(LagReport::unpublished, LagReport.Unpublished::events)),
                gauge(
                        "farshore_acknowledged_unpublished_bytes",
                        "Payload bytes of those.",
                        of(LagReport::unpublished, LagReport.Unpublished::bytes)),
                gauge(
                        "farshore_acknowledged_unpublished_seconds",
                        "Age of the oldest of those.",
                        of(LagReport::unpublished, LagReport.Unpublished::seconds)));
    }

    private Stream<MetricSnapshot> objective() {
        return Stream.of(
                gauge(
                        "farshore_rpo_seconds",
                        "Age of the oldest acknowledged write that a site's image lacks, in the log or not.",
                        LagReport::rpoSeconds),
                gauge(
                        "farshore_retention_headroom_seconds",
                        "Until the log may forget an event that a site still needs.",
                        of(LagReport::retention, LagMetrics::secondsLeft)),
                gauge(
                        "farshore_retention_headroom_share",
                        "What is left of the time or bytes that the log keeps; 0 when overtaken.",
                        of(LagReport::retention, RetentionReport::share)));
    }

    private Stream<MetricSnapshot> condition() {
        return Stream.of(
                state(
                        "farshore_lag_state",
                        "1 for how the lag of a site's image changes: ok, slow, stalled, stopped, unknown.",
                        "state",
                        LagReport::state),
                state(
                        "farshore_site_image_health",
                        "1 for the health of a site's image as last reported; unknown where none was.",
                        "health",
                        LagReport::health),
                gauge(
                        "farshore_site_silent_seconds",
                        "Since the node that keeps the image was heard of last.",
                        of(LagReport::clock, this::silentSeconds)));
    }

    private double silentSeconds(ClockReport clock) {
        double seconds =
                (nowMicros - EpochMicros.of(clock.measuredAt())) / MICROS_PER_SECOND
                        + clock.skewSeconds();
        return Math.max(0, seconds);
    }

    /** Where the log keeps everything, there is no end: that is known. */
    private static double secondsLeft(RetentionReport retention) {
        Double seconds = retention.seconds();
        return seconds == null ? Double.POSITIVE_INFINITY : seconds;
    }

    private static <P> Gauges.Value<LagReport> of(Gauges.Part<P> part, Gauges.Value<P> value) {
        return lag -> {
            @Nullable P known = part.of(lag);
            return known == null ? null : value.of(known);
        };
    }

    private GaugeSnapshot gauge(String name, String help, Gauges.Value<LagReport> value) {
        return Gauges.of(name, help, lags, LagMetrics::labels, value);
    }

    private GaugeSnapshot state(
            String name, String help, String label, Gauges.Text<LagReport> state) {
        return Gauges.of(
                name,
                help,
                lags,
                lag ->
                        labels(lag)
                                .merge(
                                        Labels.of(
                                                label,
                                                String.valueOf(state.of(lag))
                                                        .toLowerCase(Locale.ROOT))),
                lag -> state.of(lag) == null ? null : 1);
    }

    private static Labels labels(LagReport lag) {
        return Labels.of("vvol", lag.volume(), "vm", lag.vm(), "site", lag.site());
    }
}
