package dev.farshore.coordinator.metrics;

import dev.farshore.coordinator.api.report.LagReport;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.function.Function;

/** Makes gauges of reports. What is not known is left out: no number stands for it. */
final class Gauges {

    /** Null for what is not known. */
    @FunctionalInterface
    interface Value<T> {
        @Nullable Number of(T report);
    }

    /** A part of a lag report; null where it is not known. */
    @FunctionalInterface
    interface Part<P> {
        @Nullable P of(LagReport lag);
    }

    /** Null for what is not known. */
    @FunctionalInterface
    interface Text<T> {
        @Nullable String of(T report);
    }

    static <T> GaugeSnapshot of(
            String name,
            String help,
            Collection<T> reports,
            Function<T, Labels> labels,
            Value<T> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (T report : reports) {
            @Nullable Number known = value.of(report);
            if (known != null) {
                gauge.dataPoint(point(labels.apply(report), known.doubleValue()));
            }
        }
        return gauge.build();
    }

    /** One value, without labels. */
    static GaugeSnapshot of(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(Labels.EMPTY, value))
                .build();
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private Gauges() {}
}
