package dev.farshore.node.http;

import com.fasterxml.jackson.annotation.JsonIgnore;

import dev.farshore.apply.site.ApplyHealth;

import java.util.Map;

/**
 * A node's health, as JSON.
 *
 * @param isAvailable false where a restart may help; one volume's fault is no reason to restart the
 *     node of all others
 * @param status in words
 * @param notServed why volumes that the node should take writes of can't be written, by name
 */
record HealthView(@JsonIgnore boolean isAvailable, String status, Map<String, String> notServed) {

    static HealthView of(ApplyHealth health, Map<String, String> troubles) {
        String status =
                health.isApplying() && !troubles.isEmpty()
                        ? "degraded: volumes that can't be written"
                        : health.text();
        return new HealthView(health.isApplying(), status, troubles);
    }
}
