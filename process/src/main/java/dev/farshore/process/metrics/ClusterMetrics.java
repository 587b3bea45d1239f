package dev.farshore.process.metrics;

import dev.farshore.process.start.KafkaConditions;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** What Kafka does not allow a process, and which topics can lose events. */
public final class ClusterMetrics implements MultiCollector {
    private final Labels identity;
    private final KafkaConditions cluster;

    /**
     * @param identity of the process
     */
    public ClusterMetrics(Labels identity, KafkaConditions cluster) {
        this.identity = identity;
        this.cluster = cluster;
    }

    @Override
    public MetricSnapshots collect() {
        GaugeSnapshot.Builder canLoseEvents =
                GaugeSnapshot.builder()
                        .name("farshore_topic_can_lose_events")
                        .help(
                                "1 if the topic's settings allow acknowledged events to be lost; 0 if not.");
        cluster.canLoseEvents()
                .forEach(
                        (topic, canLose) ->
                                canLoseEvents.dataPoint(
                                        point(
                                                identity.merge(Labels.of("topic", topic)),
                                                canLose ? 1 : 0)));
        return new MetricSnapshots(
                canLoseEvents.build(),
                GaugeSnapshot.builder()
                        .name("farshore_missing_permissions")
                        .help("Permissions in Kafka that the process needs and does not have.")
                        .dataPoint(point(identity, cluster.missingPermissions()))
                        .build());
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }
}
