package dev.farshore.capture.change;

/**
 * Hands out the last half of a journal's space little by little, so that when writes have to wait
 * for the log, all wait a little and none waits for long.
 *
 * <p>Space comes free in steps: an applier takes in a few thousand events at once, and they leave
 * the journal together. A journal filled to the brim would pass these steps on, with every writer
 * waiting for the next one. So this gives out the free space in proportion to the time gone by, all
 * of it in {@link #HORIZON_NANOS}. Free space then settles where that share equals what the log
 * takes in the same time, and a step of a tenth of the free space changes the rate by a tenth.
 *
 * <p>While more than half is free, all of it may be taken. Threading: its owner's lock.
 */
final class AdmissionControl {
    private static final long HORIZON_NANOS = 200_000_000;

    private final long capacityBytes;
    private long allowedBytes;
    private long lastNanos;

    AdmissionControl(long capacityBytes, long nowNanos) {
        this.capacityBytes = capacityBytes;
        this.allowedBytes = capacityBytes;
        this.lastNanos = nowNanos;
    }

    /** To be called every few milliseconds, with what is free then. */
    void refill(long freeBytes, long nowNanos) {
        long elapsedNanos = Math.min(nowNanos - lastNanos, HORIZON_NANOS);
        lastNanos = nowNanos;
        if (freeBytes >= capacityBytes / 2) {
            allowedBytes = freeBytes;
            return;
        }
        long share = (long) ((double) freeBytes * elapsedNanos / HORIZON_NANOS);
        // What one interval did not use is lost, so that it can't be used at once later. And no
        // debt is larger than what is free: paying it would take longer than the horizon, while
        // there is room for a smaller write.
        allowedBytes = Math.min(share, Math.max(allowedBytes, -freeBytes) + share);
    }

    /** Whether one more may come in; one that is larger than what is allowed runs up a debt. */
    boolean isOpen() {
        return allowedBytes > 0;
    }

    void taken(long bytes) {
        allowedBytes -= bytes;
    }
}
