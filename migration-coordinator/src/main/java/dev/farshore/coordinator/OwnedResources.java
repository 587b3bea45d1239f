package dev.farshore.coordinator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;

/** What has to be closed at the end: the newest first, each even if another fails. */
final class OwnedResources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OwnedResources.class);

    /** Closes something, without checked exceptions. */
    @FunctionalInterface
    interface Closing extends AutoCloseable {
        @Override
        void close();
    }

    private final Deque<Closing> closings = new ArrayDeque<>();

    void add(Closing closing) {
        closings.push(closing);
    }

    @Override
    public void close() {
        while (!closings.isEmpty()) {
            try {
                closings.pop().close();
            } catch (RuntimeException e) {
                log.atWarn().setCause(e).log("a part of the coordinator did not close in order");
            }
        }
    }
}
