package dev.farshore.coordinator.report;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Between the events' microseconds since 1970 and {@link Instant}. */
final class Micros {

    static Instant toInstant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private Micros() {}
}
