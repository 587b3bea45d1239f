package dev.farshore.apply.site;

import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Decides whether a stream thread that has died is replaced. Its images are opened again at their
 * hardened positions, so replacing is safe unless the JVM itself is in doubt. A thread that dies
 * again and again has a cause that a new one does not remove: then Kafka Streams is shut down, and
 * {@link SupervisedStreams} starts all of it anew.
 *
 * <p>Threading: any thread.
 */
final class ThreadFailures implements StreamsUncaughtExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);
    private static final Duration WINDOW = Duration.ofMinutes(5);
    private static final int MAX_IN_WINDOW = 10;

    private final LongSupplier nanoClock;
    private final ArrayDeque<Long> deathNanos = new ArrayDeque<>();
    private volatile String lastReason = "Kafka Streams has ended";
    private volatile boolean isFatal;

    ThreadFailures(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable exception) {
        long nowNanos = nanoClock.getAsLong();
        deathNanos.addLast(nowNanos);
        while (nowNanos - deathNanos.getFirst() > WINDOW.toNanos()) {
            deathNanos.removeFirst();
        }
        lastReason = "a stream thread has died of " + rootOf(exception);
        isFatal |= hasError(exception);
        boolean isReplaced = !isFatal && deathNanos.size() <= MAX_IN_WINDOW;
        LOG.atError()
                .addKeyValue("deaths", deathNanos.size())
                .setCause(exception)
                .log(
                        isReplaced
                                ? "A stream thread has died and is replaced"
                                : "A stream thread has died; the site application shuts down");
        return isReplaced
                ? StreamThreadExceptionResponse.REPLACE_THREAD
                : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    /** Why a thread died last. */
    String lastReason() {
        return lastReason;
    }

    /** Whether a thread has died of an {@link Error}. */
    boolean isFatal() {
        return isFatal;
    }

    private static Throwable rootOf(Throwable exception) {
        Throwable at = exception;
        while (at.getCause() != null) {
            at = at.getCause();
        }
        return at;
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
