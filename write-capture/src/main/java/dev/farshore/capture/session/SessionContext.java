package dev.farshore.capture.session;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.publish.Publisher;

import java.util.concurrent.Executor;

/**
 * What the write sessions of a node share.
 *
 * @param forcers platform threads that put journals on stable storage
 */
public record SessionContext(
        NodeIdentity node,
        Publisher publisher,
        Executor forcers,
        NodeTime time,
        CaptureObserver observer) {}
