package dev.farshore.capture.pressure;

/**
 * How fast a VM may write, over all its volumes at this node.
 *
 * @param bytesPerSecond 0 for no limit
 * @param writesPerSecond 0 for no limit; a discard or a zeroing counts as a write of no bytes
 */
public record WriteLimit(long bytesPerSecond, long writesPerSecond) {
    public static final WriteLimit NONE = new WriteLimit(0, 0);

    private static final double NANOS_PER_SECOND = 1e9;

    public WriteLimit {
        if (bytesPerSecond < 0 || writesPerSecond < 0) {
            throw new IllegalArgumentException(
                    "a limit can't be negative: %d bytes/s, %d writes/s"
                            .formatted(bytesPerSecond, writesPerSecond));
        }
    }

    /** Whether it limits nothing. */
    public boolean isNone() {
        return bytesPerSecond == 0 && writesPerSecond == 0;
    }

    /** The time that so many bytes take at the limit; 0 without one. */
    long nanosOfBytes(long bytes) {
        return bytesPerSecond == 0 ? 0 : (long) (bytes * (NANOS_PER_SECOND / bytesPerSecond));
    }

    /** The time that one write takes at the limit; 0 without one. */
    long nanosOfOneWrite() {
        return writesPerSecond == 0 ? 0 : (long) (NANOS_PER_SECOND / writesPerSecond);
    }
}
