package dev.farshore.testkit.embedded;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Waits until a child answers, and says how it goes. */
final class Startup {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
    private static final Duration NEWS_INTERVAL = Duration.ofSeconds(10);

    /** Looks once whether the child can be used. */
    interface Probe {
        /** Returns what is missing; empty when the child is ready. */
        Optional<String> problem() throws InterruptedException;
    }

    private Startup() {}

    /**
     * @param address as messages name it
     * @throws EmbeddedStartException if the child ends, or has not answered within {@link #LIMIT}
     */
    static void await(ChildJvm child, String address, Probe probe, Consumer<String> progress)
            throws EmbeddedStartException, InterruptedException {
        String name = child.program().name();
        long startNanos = System.nanoTime();
        long nextNewsNanos = NEWS_INTERVAL.toNanos();
        while (true) {
            if (!child.isAlive()) {
                throw failed(child, "%s ended while starting (%s)", name, child.exitStatus());
            }
            Optional<String> problem = probe.problem();
            long elapsedNanos = System.nanoTime() - startNanos;
            if (problem.isEmpty()) {
                progress.accept("%s is up after %.1f s".formatted(name, elapsedNanos / 1e9));
                return;
            }
            if (elapsedNanos > LIMIT.toNanos()) {
                throw failed(
                        child,
                        "%s at %s was not up after %d s: %s",
                        name,
                        address,
                        LIMIT.toSeconds(),
                        problem.get());
            }
            if (elapsedNanos > nextNewsNanos) {
                nextNewsNanos += NEWS_INTERVAL.toNanos();
                progress.accept(
                        "%s at %s is not up yet (%s); waiting up to %d s"
                                .formatted(name, address, problem.get(), LIMIT.toSeconds()));
            }
            Thread.sleep(POLL_INTERVAL);
        }
    }

    private static EmbeddedStartException failed(ChildJvm child, String message, Object... values) {
        return new EmbeddedStartException(
                "%s; the end of its log %s:\n%s"
                        .formatted(
                                message.formatted(values), child.program().log(), child.logTail()));
    }
}
