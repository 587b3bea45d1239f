package dev.farshore.process.metrics;

import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/**
 * {@code jvm_*} and {@code process_*}.
 *
 * <p>The library keeps every registry that it has registered these in, and adds a listener to the
 * garbage collectors each time. So they are registered once, in a registry that lives as long as
 * the JVM; a process that ends in it leaves nothing behind.
 */
final class JvmCollector implements MultiCollector {
    private static final PrometheusRegistry OF_JVM = new PrometheusRegistry();

    static {
        JvmMetrics.builder().register(OF_JVM);
    }

    @Override
    public MetricSnapshots collect() {
        return OF_JVM.scrape();
    }
}
