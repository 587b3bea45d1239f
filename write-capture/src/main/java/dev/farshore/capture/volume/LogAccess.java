package dev.farshore.capture.volume;

import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.seed.LogScan;

/**
 * How a node's volumes reach the log.
 *
 * @param logScan {@link LogScan#NONE} where no import is ever continued
 */
public record LogAccess(Publisher publisher, HeaderRepair headerRepair, LogScan logScan) {}
