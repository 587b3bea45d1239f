/** What Prometheus is told. */
@NullMarked
package dev.farshore.coordinator.metrics;

import org.jspecify.annotations.NullMarked;
