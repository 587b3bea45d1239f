/**
 * What every process tells Prometheus: its registry, the JVM, the build, and what Kafka's clients
 * count.
 */
@NullMarked
package dev.farshore.process.metrics;

import org.jspecify.annotations.NullMarked;
