package dev.farshore.node;

import dev.farshore.node.config.NodeConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.metrics.ProcessMetrics;

import io.prometheus.metrics.model.snapshots.Labels;

import java.util.Map;

/** Makes a node's metrics, and its Kafka clients report to them. */
final class NodeMetrics {
    private NodeMetrics() {}

    static ProcessMetrics of(NodeConfig config) {
        String node = config.node();
        return new ProcessMetrics(
                Labels.of("site", config.site(), "node", node),
                Map.of(
                        CaptureSide.publisherId(node),
                        "publisher",
                        CaptureSide.headerRepairId(node),
                        "header-repair"));
    }

    /** The configuration with clients that report. */
    static NodeConfig measured(NodeConfig config, ProcessMetrics metrics) {
        KafkaConfig kafka = config.connection().kafka();
        return config.withConnection(
                config.connection()
                        .withKafka(kafka.withProperties(metrics.reporting(kafka.properties()))));
    }
}
