package dev.farshore.node.metrics;

import dev.farshore.capture.publish.PublishedTotals;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** The metrics of a node as one that publishes its volumes' events. */
final class PublisherMetrics {
    private final Labels node;
    private final PublishedTotals totals;

    PublisherMetrics(String site, String node, PublishedTotals totals) {
        this.node = Labels.of("site", site, "node", node);
        this.totals = totals;
    }

    MetricSnapshots all() {
        return new MetricSnapshots(
                counter(
                        "farshore_publisher_events",
                        "Events that all in-sync replicas of the log have got from this node.",
                        totals.events()),
                counter(
                        "farshore_publisher_bytes",
                        "Bytes of their records, before compression.",
                        totals.bytes()));
    }

    private CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterDataPointSnapshot.builder().labels(node).value(value).build())
                .build();
    }
}
