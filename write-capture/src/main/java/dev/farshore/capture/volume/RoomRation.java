package dev.farshore.capture.volume;

/**
 * Hands out the last half of a journal's room little by little, so that writes which have to wait
 * for the log all wait a little, and none waits for long.
 *
 * <p>Room is made in steps: an applier takes in a few thousand events at once, and they leave the
 * journal together. A journal filled to the brim would pass these steps on, everybody waiting for
 * the next one. So of what is free it gives a share in proportion to the time gone by, all of it in
 * {@link #HORIZON_NANOS}: then what is free settles where the share is what the log takes in that
 * time, and a step of a tenth of that changes the rate by a tenth.
 *
 * <p>Above half, room is there for the taking. Threading: its owner's lock.
 */
final class RoomRation {
    private static final long HORIZON_NANOS = 200_000_000;

    private final long capacityBytes;
    private long allowedBytes;
    private long lastNanos;

    RoomRation(long capacityBytes, long nowNanos) {
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
        // What was not used in one interval is lost: it is not there to be used at once later. And
        // no debt is larger than what is free: it would take longer than the horizon to pay, while
        // there is room for a smaller one.
        allowedBytes = Math.min(share, Math.max(allowedBytes, -freeBytes) + share);
    }

    /** Whether one more may come in now; one that is larger than what is allowed runs up a debt. */
    boolean isOpen() {
        return allowedBytes > 0;
    }

    void taken(long bytes) {
        allowedBytes -= bytes;
    }
}
