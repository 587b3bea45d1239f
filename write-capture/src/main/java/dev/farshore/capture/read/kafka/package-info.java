/** What readers ask Kafka for: where the log ends, and records by their offset. */
@NullMarked
package dev.farshore.capture.read.kafka;

import org.jspecify.annotations.NullMarked;
