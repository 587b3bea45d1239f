package dev.farshore.node;

import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.folder.DataDirectory;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.OwnedResources;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What every part of a node is built from.
 *
 * @param clock tells when events are captured and states are reported
 * @param nanoClock monotonic
 * @param metrics what all parts tell Prometheus
 * @param owned closes what parts start, the newest first
 */
record NodeSetup(
        NodeConfig config,
        DataDirectory directory,
        NodeTopics topics,
        Clock clock,
        LongSupplier nanoClock,
        ProcessMetrics metrics,
        OwnedResources owned) {}
