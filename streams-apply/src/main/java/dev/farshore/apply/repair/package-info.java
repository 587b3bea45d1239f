/**
 * Reads the log beside Kafka Streams: compares images with it, and brings volumes that have stopped
 * back to where their partition is.
 */
@NullMarked
package dev.farshore.apply.repair;

import org.jspecify.annotations.NullMarked;
