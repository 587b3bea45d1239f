package dev.farshore.node.metrics;

import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.index.spill.IndexMemory;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.function.ToDoubleFunction;

/** The metrics of a node's dirty-block index: every name, and where its value comes from. */
final class IndexMetrics {
    private final String site;
    private final String node;
    private final DirtyBlockIndex index;

    IndexMetrics(String site, String node, DirtyBlockIndex index) {
        this.site = site;
        this.node = node;
        this.index = index;
    }

    MetricSnapshots all() {
        IndexMemory memory = index.memory();
        return new MetricSnapshots(
                ofNode(
                        "farshore_index_memory_bytes",
                        "What the index takes of the heap, all volumes.",
                        memory.usedBytes()),
                ofNode(
                        "farshore_index_memory_limit_bytes",
                        "Beyond that the index goes to disk.",
                        memory.limitBytes()),
                ofNode(
                        "farshore_index_spilled_bytes",
                        "What of the index is on disk.",
                        memory.spilledBytes()),
                ofVolumes(
                        "farshore_volume_dirty_bytes",
                        "Blocks whose newest write this site's image has not hardened.",
                        DirtyBlocks::dirtyBytes),
                ofVolumes(
                        "farshore_volume_index_complete",
                        "1 if every block that is not dirty is in this site's image.",
                        blocks -> blocks.isComplete() ? 1 : 0));
    }

    private GaugeSnapshot ofNode(String name, String help, double value) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                        GaugeDataPointSnapshot.builder()
                                .labels(Labels.of("site", site, "node", node))
                                .value(value)
                                .build())
                .build();
    }

    private GaugeSnapshot ofVolumes(String name, String help, ToDoubleFunction<DirtyBlocks> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (DirtyBlocks blocks : index.all()) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(Labels.of("site", site, "node", node, "vvol", blocks.vvol()))
                            .value(value.applyAsDouble(blocks))
                            .build());
        }
        return gauge.build();
    }
}
