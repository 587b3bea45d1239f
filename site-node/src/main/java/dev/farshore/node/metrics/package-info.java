/** What a node tells Prometheus: every metric, and where its value comes from. */
@NullMarked
package dev.farshore.node.metrics;

import org.jspecify.annotations.NullMarked;
