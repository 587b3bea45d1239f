package dev.farshore.capture.session;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * The clocks of a node.
 *
 * @param wall tells the time that events carry
 * @param nanos as {@link System#nanoTime}: for how long something takes
 */
public record NodeTime(Clock wall, LongSupplier nanos) {

    /** The clocks of this host. */
    public static NodeTime system() {
        return of(Clock.systemUTC());
    }

    /** The host's {@link System#nanoTime} with another wall clock. */
    public static NodeTime of(Clock wall) {
        return new NodeTime(wall, System::nanoTime);
    }

    /** Microseconds since 1970. */
    public long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, wall.instant());
    }

    public long nowNanos() {
        return nanos.getAsLong();
    }
}
