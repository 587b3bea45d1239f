package dev.farshore.apply.site;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Finds a site application that has stalled: it is not running, it has read nothing for a long
 * time, and Kafka has answered all that time. One that restores much, or whose Kafka is away, has
 * not stalled.
 *
 * <p>Threading: one thread.
 */
final class StallDetector {
    private final LongSupplier progress;
    private final BooleanSupplier isKafkaThere;
    private final long limitNanos;
    private final long askIntervalNanos;

    private boolean isTiming;
    private long sinceNanos;
    private long askedAtNanos;
    private long seenProgress = -1;

    /**
     * @param progress rises with whatever is read
     * @param isKafkaThere may take some seconds
     * @param limit after which it counts as stalled, while Kafka answers
     */
    StallDetector(LongSupplier progress, BooleanSupplier isKafkaThere, Duration limit) {
        this.progress = progress;
        this.isKafkaThere = isKafkaThere;
        this.limitNanos = limit.toNanos();
        this.askIntervalNanos = limit.dividedBy(6).toNanos();
    }

    /** It is running, so it has not stalled. */
    void isRunning() {
        isTiming = false;
    }

    /** Looks at one that is not running. Returns whether it has stalled. */
    boolean look(long nowNanos) {
        long now = progress.getAsLong();
        if (!isTiming || now != seenProgress) {
            isTiming = true;
            seenProgress = now;
            sinceNanos = nowNanos;
            askedAtNanos = nowNanos;
            return false;
        }
        if (nowNanos - askedAtNanos >= askIntervalNanos) {
            askedAtNanos = nowNanos;
            if (!isKafkaThere.getAsBoolean()) {
                isTiming = false;
                return false;
            }
        }
        return nowNanos - sinceNanos >= limitNanos;
    }
}
