package dev.farshore.coordinator;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When this process last read anything new of Kafka. It says something of its own clock every ten
 * seconds and reads that back, as others do: so silence is its own, not the others'. Thread-safe.
 */
final class KafkaContact {
    /** Three of them missed, and a little more. */
    private static final long STALE_AFTER_NANOS = Duration.ofSeconds(35).toNanos();

    private final LongSupplier nanoTime;
    private volatile long heardNanos;

    /**
     * @param nanoTime time that elapses
     */
    KafkaContact(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        heardNanos = nanoTime.getAsLong();
    }

    void heard() {
        heardNanos = nanoTime.getAsLong();
    }

    boolean isFresh() {
        return nanoTime.getAsLong() - heardNanos < STALE_AFTER_NANOS;
    }
}
