package dev.farshore.apply.site;

import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;

/**
 * Decides whether a stream thread that has died is replaced. Its images are opened again at their
 * hardened positions, so replacing is safe unless the JVM itself is in doubt; but a thread that
 * dies again and again has a cause that a new one does not remove.
 */
final class ThreadFailures implements StreamsUncaughtExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);
    private static final Duration WINDOW = Duration.ofMinutes(5);
    private static final int MAX_IN_WINDOW = 10;

    private final InstantSource clock;
    private final ArrayDeque<Long> deathMillis = new ArrayDeque<>();

    ThreadFailures(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable exception) {
        long nowMillis = clock.millis();
        deathMillis.addLast(nowMillis);
        while (deathMillis.getFirst() < nowMillis - WINDOW.toMillis()) {
            deathMillis.removeFirst();
        }
        boolean isReplaced = !hasError(exception) && deathMillis.size() <= MAX_IN_WINDOW;
        LOG.atError()
                .addKeyValue("deaths", deathMillis.size())
                .setCause(exception)
                .log(
                        isReplaced
                                ? "A stream thread has died and is replaced"
                                : "A stream thread has died; this node stops applying");
        return isReplaced
                ? StreamThreadExceptionResponse.REPLACE_THREAD
                : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    /** Out of memory, or a part of the program that can't be loaded: no state can be trusted. */
    private static boolean hasError(Throwable exception) {
        for (Throwable at = exception; at != null; at = at.getCause()) {
            if (at instanceof Error) {
                return true;
            }
        }
        return false;
    }
}
