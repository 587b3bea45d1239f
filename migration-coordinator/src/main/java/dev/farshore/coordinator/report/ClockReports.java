package dev.farshore.coordinator.report;

import dev.farshore.coordinator.api.ClockReport;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The clocks of the nodes as the API shows them. Thread-safe. */
public final class ClockReports {
    private static final double MICROS_PER_SECOND = 1e6;

    private final Clocks clocks;
    private final Supplier<Collection<ClockReading>> readings;

    /**
     * @param readings of all that measure their clocks
     */
    public ClockReports(Clocks clocks, Supplier<Collection<ClockReading>> readings) {
        this.clocks = clocks;
        this.readings = readings;
    }

    /** Empty while it cannot be told. */
    Optional<ClockReport> of(String site, String node) {
        return clocks.skewOf(site, node)
                .map(
                        skew ->
                                new ClockReport(
                                        site,
                                        node,
                                        skew.micros() / MICROS_PER_SECOND,
                                        skew.errorMicros() / MICROS_PER_SECOND,
                                        Micros.toInstant(skew.readMicros())));
    }

    /** Of all nodes, in order of their names. */
    public List<ClockReport> all() {
        return readings.get().stream()
                .filter(reading -> !reading.getSite().isEmpty()) // the coordinator's own
                .sorted(
                        Comparator.comparing(ClockReading::getSite)
                                .thenComparing(ClockReading::getNode))
                .flatMap(reading -> of(reading.getSite(), reading.getNode()).stream())
                .toList();
    }
}
