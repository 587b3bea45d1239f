package dev.farshore.coordinator.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

import java.time.Duration;

/** Counts durations by buckets, from what a guest does not notice to what times out. */
final class Durations {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double[] BOUNDS_SECONDS = {
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        20,
        60,
        300,
        1_800,
        Double.POSITIVE_INFINITY
    };

    private final long[] counts = new long[BOUNDS_SECONDS.length];
    private double sumSeconds;

    void add(Duration duration) {
        double seconds = duration.toNanos() / NANOS_PER_SECOND;
        int bucket = 0;
        while (seconds > BOUNDS_SECONDS[bucket]) {
            bucket++;
        }
        counts[bucket]++;
        sumSeconds += seconds;
    }

    HistogramDataPointSnapshot point(Labels labels) {
        return HistogramDataPointSnapshot.builder()
                .labels(labels)
                .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS_SECONDS, counts))
                .sum(sumSeconds)
                .build();
    }
}
