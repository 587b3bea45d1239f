package dev.farshore.coordinator.volume;

import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * For how long nodes have not been heard of.
 *
 * @param nowMicros microseconds since 1970
 */
public record NodeSilence(Clocks clocks, LongSupplier nowMicros) {
    /** A node says something of its clock every ten seconds: this is more than three times that. */
    static final Duration GONE_AFTER = Duration.ofSeconds(35);

    /** Empty while its clock is not known. */
    OptionalLong micros(ClockReading node) {
        return clocks.skewOf(node.getSite(), node.getNode()).stream()
                .mapToLong(skew -> nowMicros.getAsLong() - skew.readMicros() + skew.micros())
                .findFirst();
    }

    /** It said that it stops, or has been silent for too long; false while nobody can tell. */
    public boolean isGone(ClockReading node) {
        boolean hasStopped = node.getErrorMicros() == Long.MAX_VALUE && node.getProcess().isEmpty();
        OptionalLong silentMicros = micros(node);
        return hasStopped || (silentMicros.isPresent() && isGone(silentMicros.getAsLong()));
    }

    static boolean isGone(long silentMicros) {
        return silentMicros >= GONE_AFTER.toNanos() / 1_000;
    }

    /** A node that stops says that it has no clock: it is not heard of, either. */
    boolean isHeardOf(ClockReading node) {
        OptionalLong silentMicros = micros(node);
        return silentMicros.isPresent() && !isGone(silentMicros.getAsLong());
    }
}
