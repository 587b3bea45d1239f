package dev.farshore.process.start;

/** The time of day as it was at the start, and what the monotonic clock has counted since. */
public final class SteadyMillis {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long START_MILLIS = System.currentTimeMillis();
    private static final long START_NANOS = System.nanoTime();

    private SteadyMillis() {}

    /** Milliseconds since 1970-01-01 UTC, unless the wall clock was set since the start. */
    public static long now() {
        return START_MILLIS + (System.nanoTime() - START_NANOS) / NANOS_PER_MILLI;
    }
}
