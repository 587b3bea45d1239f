package dev.farshore.apply.site;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Tells a site application that stands still from one that restores much, or whose Kafka is away:
 * it is not running, nothing has been read for long, and Kafka answers all that time.
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
     * @param limit of standing still while Kafka answers
     */
    StallDetector(LongSupplier progress, BooleanSupplier isKafkaThere, Duration limit) {
        this.progress = progress;
        this.isKafkaThere = isKafkaThere;
        this.limitNanos = limit.toNanos();
        this.askIntervalNanos = limit.dividedBy(6).toNanos();
    }

    /** It is running; that ends any standstill. */
    void isRunning() {
        isTiming = false;
    }

    /** Looks at one that is not running. Returns whether it stands still. */
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
