/**
 * How a process begins and ends: waiting for Kafka, the clock that Kafka's clients go by, and
 * ending in order when it is told to stop.
 */
@NullMarked
package dev.farshore.process.start;

import org.jspecify.annotations.NullMarked;
