/** What Prometheus is told: lag, hand-overs, clocks, and whether the coordinator is ready. */
@NullMarked
package dev.farshore.coordinator.metrics;

import org.jspecify.annotations.NullMarked;
