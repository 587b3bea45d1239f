package dev.farshore.node.http;

import com.fasterxml.jackson.annotation.JsonIgnore;

import dev.farshore.apply.site.ApplyHealth;
import dev.farshore.process.start.KafkaConditions;

import java.util.List;
import java.util.Map;

/**
 * A node's health, as JSON.
 *
 * @param isAvailable false where a restart may help; one volume's fault is no reason to restart the
 *     node of all others
 * @param status in words
 * @param notServed why volumes that the node should take writes of can't be written, by name
 * @param warnings what the topics' settings put at risk, a sentence each
 */
record HealthView(
        @JsonIgnore boolean isAvailable,
        String status,
        Map<String, String> notServed,
        List<String> warnings) {

    static HealthView of(
            ApplyHealth health, Map<String, String> troubles, KafkaConditions cluster) {
        // What Kafka does not allow is why the rest does not work, too.
        String status =
                !cluster.problem().isEmpty()
                        ? (health.isApplying() ? "degraded: " : "does not apply: ")
                                + cluster.problem()
                        : health.isApplying() && !troubles.isEmpty()
                                ? "degraded: volumes that can't be written"
                                : health.text();
        return new HealthView(health.isApplying(), status, troubles, cluster.warnings());
    }
}
