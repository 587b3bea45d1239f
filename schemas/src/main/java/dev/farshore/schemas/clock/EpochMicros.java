package dev.farshore.schemas.clock;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** Microseconds since 1970-01-01 UTC, as all events and reports count time. */
public final class EpochMicros {
    private EpochMicros() {}

    public static long of(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    public static long now(InstantSource clock) {
        return of(clock.instant());
    }
}
