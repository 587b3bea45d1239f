/**
 * How a command begins and ends: waiting for Kafka and the registry, and ending in order when the
 * process is told to stop.
 */
@NullMarked
package dev.farshore.cli.start;

import org.jspecify.annotations.NullMarked;
