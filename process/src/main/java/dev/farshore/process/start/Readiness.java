package dev.farshore.process.start;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Waits for a server, and says which one, what went wrong and for how long it will try. */
final class Readiness {
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(500);
    private static final Duration NEWS_INTERVAL = Duration.ofSeconds(5);

    /** Asks once. */
    interface Probe {
        /**
         * Returns what is wrong; empty when it answered as it should.
         *
         * @throws AuthenticationRefusedException if asking again would not help
         */
        Optional<String> problem() throws AuthenticationRefusedException, InterruptedException;
    }

    /**
     * @param name of what is waited for
     * @param address it is asked at
     * @param attempt what a probe does, to follow "tried to"
     * @param advice what to look at when it never answers
     */
    record Target(String name, String address, String attempt, String advice) {}

    private Readiness() {}

    /**
     * @param limit how long to try
     * @param news told about waiting, a line at a time; not when the first attempt succeeds
     * @throws NotReachableException when it has not answered within {@code limit}
     * @throws AuthenticationRefusedException by the probe; at once
     */
    static void await(Target target, Duration limit, Probe probe, Consumer<String> news)
            throws NotReachableException, AuthenticationRefusedException, InterruptedException {
        long startNanos = System.nanoTime();
        long nextNewsNanos = 0;
        for (int attempts = 1; ; attempts++) {
            Optional<String> problem = probe.problem();
            long elapsedNanos = System.nanoTime() - startNanos;
            if (problem.isEmpty()) {
                if (attempts > 1) {
                    news.accept("%s at %s answers".formatted(target.name(), target.address()));
                }
                return;
            }
            if (elapsedNanos >= limit.toNanos()) {
                throw new NotReachableException(
                        "%s is not reachable at %s: tried %d times in %s to %s. Last: %s. %s"
                                .formatted(
                                        target.name(),
                                        target.address(),
                                        attempts,
                                        seconds(elapsedNanos),
                                        target.attempt(),
                                        problem.get(),
                                        target.advice()));
            }
            if (elapsedNanos >= nextNewsNanos) {
                nextNewsNanos = elapsedNanos + NEWS_INTERVAL.toNanos();
                news.accept(
                        "%s is not reachable at %s (%s); will go on trying to %s for %s"
                                .formatted(
                                        target.name(),
                                        target.address(),
                                        problem.get(),
                                        target.attempt(),
                                        seconds(limit.toNanos() - elapsedNanos)));
            }
            Thread.sleep(RETRY_INTERVAL);
        }
    }

    private static String seconds(long nanos) {
        return Math.round(nanos / 1e9) + " s";
    }
}
