package dev.farshore.apply.replica;

import dev.farshore.apply.harden.Hardener;
import dev.farshore.schemas.log.LogCursor;

import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What all replicas of a node share.
 *
 * @param isWrittenHere whether this node goes on from a position as the volume's owner
 */
public record ApplyEnvironment(
        ApplySettings settings,
        Hardener hardener,
        ApplyListener listener,
        ApplyCounters counters,
        Predicate<LogCursor> isWrittenHere,
        LongSupplier nanoClock) {

    /** Of a node that writes no volume, and tells nobody of flushes. */
    public ApplyEnvironment(ApplySettings settings, Hardener hardener, LongSupplier nanoClock) {
        this(
                settings,
                hardener,
                ApplyListener.NONE,
                new ApplyCounters(),
                cursor -> false,
                nanoClock);
    }
}
