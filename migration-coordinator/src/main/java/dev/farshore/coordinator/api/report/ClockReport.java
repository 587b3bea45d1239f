package dev.farshore.coordinator.api.report;

import java.time.Instant;

/**
 * The clock of a node against the coordinator's.
 *
 * @param skewSeconds the node's minus the coordinator's
 * @param errorSeconds by how much that may be wrong in either direction
 * @param measuredAt by the node's clock
 */
public record ClockReport(
        String site, String node, double skewSeconds, double errorSeconds, Instant measuredAt) {}
