package dev.farshore.schemas.clock;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;

/**
 * Estimates Kafka's clock from a few exchanges with a broker, as NTP does (RFC 5905, section 10):
 * it uses the one with the least error.
 *
 * <p>An exchange began at {@code sent} and ended at {@code acked} by this process's monotonic
 * clock, and in between the broker read its own, in whole milliseconds {@code b}. So the broker's
 * clock was somewhere in {@code [b, b + 1 ms)} at some moment in {@code [sent, acked]}: the middle
 * of both is wrong by at most half the round trip and half a millisecond, however unlike the two
 * ways are.
 *
 * <p>Exchanges are kept against the monotonic clock, so a step of the wall clock does not make old
 * ones wrong.
 *
 * <p>Not thread-safe.
 */
final class ClockFilter {
    private static final int EXCHANGES = 8;
    private static final long HALF_MILLI_NANOS = 500_000;

    /** How fast two crystals may drift apart; NTP allows 15 ppm for a disciplined one. */
    private static final long DRIFT_PPM = 50;

    /**
     * @param kafkaMinusMonotonicNanos broker's clock minus ours
     * @param errorNanos of that, when it was measured
     * @param atNanos our monotonic clock then
     */
    record Exchange(long kafkaMinusMonotonicNanos, long errorNanos, long atNanos) {
        long errorNanos(long nowNanos) {
            return errorNanos + (nowNanos - atNanos) / 1_000_000 * DRIFT_PPM;
        }

        private boolean agreesWith(Exchange earlier) {
            return Math.abs(kafkaMinusMonotonicNanos - earlier.kafkaMinusMonotonicNanos)
                    <= errorNanos + earlier.errorNanos(atNanos);
        }
    }

    private final Deque<Exchange> exchanges = new ArrayDeque<>();

    /**
     * Takes in an exchange.
     *
     * @param sentNanos monotonic, before the request
     * @param ackedNanos monotonic, after the answer
     * @param brokerMillis since 1970, by the broker's clock in between
     */
    void add(long sentNanos, long ackedNanos, long brokerMillis) {
        long halfNanos = (ackedNanos - sentNanos) / 2;
        Exchange newest =
                new Exchange(
                        brokerMillis * 1_000_000 + HALF_MILLI_NANOS - (sentNanos + halfNanos),
                        halfNanos + HALF_MILLI_NANOS,
                        ackedNanos);
        // Another clock answered, or the clock was set: earlier exchanges are void.
        exchanges.removeIf(earlier -> !newest.agreesWith(earlier));
        if (exchanges.size() == EXCHANGES) {
            exchanges.removeFirst();
        }
        exchanges.addLast(newest);
    }

    /** The exchange that errs least by now. */
    Optional<Exchange> best(long nowNanos) {
        return exchanges.stream()
                .min(Comparator.comparingLong(exchange -> exchange.errorNanos(nowNanos)));
    }
}
