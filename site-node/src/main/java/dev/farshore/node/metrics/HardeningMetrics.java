package dev.farshore.node.metrics;

import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

import java.util.function.LongConsumer;

/** How long it takes to put images on stable storage. Threading: any thread. */
final class HardeningMetrics implements LongConsumer {
    private static final double SECONDS_PER_NANO = 1e-9;
    private static final double[] BOUNDS_SECONDS = {
        1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 10
    };

    private final DistributionDataPoint durations;

    HardeningMetrics(PrometheusRegistry registry, String site, String node) {
        durations =
                Histogram.builder()
                        .name("farshore_harden_duration_seconds")
                        .help(
                                "What it took at the disk to harden an image, or several of a file system together.")
                        .labelNames("site", "node")
                        .classicOnly()
                        .classicUpperBounds(BOUNDS_SECONDS)
                        .withoutExemplars()
                        .register(registry)
                        .labelValues(site, node);
    }

    @Override
    public void accept(long nanos) {
        durations.observe(nanos * SECONDS_PER_NANO);
    }
}
