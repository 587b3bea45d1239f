package dev.farshore.node.metrics;

import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.site.ApplyHealth;
import dev.farshore.apply.site.ReadBytes;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.apply.store.Images;
import dev.farshore.schemas.event.Health;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** The metrics of a node as one that applies the log. */
final class ApplyMetrics {
    private final Labels node;
    private final Labels followed;
    private final Labels restored;
    private final Supplier<ApplyHealth> health;
    private final ReadBytes readBytes;
    private final Images images;
    private final ApplyCounters counters;

    ApplyMetrics(String site, String node, SiteApplication application) {
        this.health = application::health;
        this.readBytes = application.readBytes();
        this.images = application.images();
        this.counters = application.counters();
        this.node = Labels.of("site", site, "node", node);
        this.followed = Labels.of("site", site, "node", node, "for", "following");
        this.restored = Labels.of("site", site, "node", node, "for", "restoring");
    }

    MetricSnapshots all() {
        ApplyHealth now = health.get();
        List<ReplicaStatus> statuses = images.statuses();
        return new MetricSnapshots(
                GaugeSnapshot.builder()
                        .name("farshore_node_applying")
                        .help("1 if the node has its partitions and follows the log.")
                        .dataPoint(
                                GaugeDataPointSnapshot.builder()
                                        .labels(node)
                                        .value(now.isApplying() ? 1 : 0)
                                        .build())
                        .build(),
                CounterSnapshot.builder()
                        .name("farshore_node_apply_restarts")
                        .help(
                                "How often the node started to apply anew, after its threads had died or stood still.")
                        .dataPoint(point(node, now.restarts()))
                        .build(),
                CounterSnapshot.builder()
                        .name("farshore_node_log_read_bytes")
                        .help(
                                "What was read from Kafka to follow the log, or to restore images and keep hot copies.")
                        .dataPoint(point(followed, readBytes.followed()))
                        .dataPoint(point(restored, readBytes.restored()))
                        .build(),
                counter(
                        "farshore_apply_events",
                        "Events that this node has applied to its images.",
                        counters.events()),
                counter("farshore_apply_bytes", "Payload bytes of those.", counters.bytes()),
                counter(
                        "farshore_apply_duplicates",
                        "Events that came again and were ignored.",
                        counters.duplicates()),
                counter(
                        "farshore_apply_fenced",
                        "Events that were ignored as their writer was not the owner any more.",
                        counters.fenced()),
                copies(statuses),
                health(statuses));
    }

    private CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(point(node, value))
                .build();
    }

    /** Of each copy the state it is in, and no other: the count of series is that of copies. */
    private GaugeSnapshot health(List<ReplicaStatus> statuses) {
        GaugeSnapshot.Builder health =
                GaugeSnapshot.builder()
                        .name("farshore_image_health")
                        .help("1 for the state that this node's copy of the volume is in.");
        for (ReplicaStatus copy : statuses) {
            health.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(
                                    labels(copy)
                                            .merge(
                                                    Labels.of(
                                                            "health",
                                                            copy.health()
                                                                    .name()
                                                                    .toLowerCase(Locale.ROOT))))
                            .value(1)
                            .build());
        }
        return health.build();
    }

    private Labels labels(ReplicaStatus copy) {
        return node.merge(
                Labels.of("vvol", copy.vvol(), "copy", copy.isActive() ? "active" : "standby"));
    }

    /** Standby copies too: they should be healthy before they have to take over. */
    private GaugeSnapshot copies(List<ReplicaStatus> statuses) {
        GaugeSnapshot.Builder healthy =
                GaugeSnapshot.builder()
                        .name("farshore_volume_copy_healthy")
                        .help("1 if this node's copy of the volume can be applied and read.");
        for (ReplicaStatus copy : statuses) {
            healthy.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(labels(copy))
                            .value(copy.health() == Health.OK ? 1 : 0)
                            .build());
        }
        return healthy.build();
    }

    private static CounterDataPointSnapshot point(Labels labels, double value) {
        return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
    }
}
