package dev.farshore.coordinator.report;

import dev.farshore.coordinator.api.report.ClockReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.UnservedVolume;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the nodes say of their clocks and copies, as the API shows it. Thread-safe. */
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

    /**
     * What the nodes say of their copies of a volume that are not well, in order of their names.
     */
    List<VolumeReport.FaultyCopy> faultyCopies(String vvol) {
        return readings.get().stream()
                .sorted(
                        Comparator.comparing(ClockReading::getSite)
                                .thenComparing(ClockReading::getNode))
                .flatMap(
                        node ->
                                node.getFaultyCopies().stream()
                                        .filter(copy -> copy.getVvol().equals(vvol))
                                        .map(copy -> faultyCopy(node, copy)))
                .toList();
    }

    private static VolumeReport.FaultyCopy faultyCopy(ClockReading node, FaultyCopy copy) {
        return new VolumeReport.FaultyCopy(
                node.getSite(),
                node.getNode(),
                copy.getActive(),
                copy.getHealth(),
                copy.getReason(),
                Micros.toInstant(node.getReadMicros()));
    }

    /** Why the nodes of a site can't take writes of a volume, in order of their names. */
    List<VolumeReport.NotServed> notServed(String vvol, String site) {
        return readings.get().stream()
                .filter(node -> node.getSite().equals(site))
                .sorted(Comparator.comparing(ClockReading::getNode))
                .flatMap(
                        node ->
                                node.getUnserved().stream()
                                        .filter(volume -> volume.getVvol().equals(vvol))
                                        .map(volume -> notServed(node, volume)))
                .toList();
    }

    private static VolumeReport.NotServed notServed(ClockReading node, UnservedVolume volume) {
        return new VolumeReport.NotServed(
                node.getSite(),
                node.getNode(),
                volume.getReason(),
                Micros.toInstant(node.getReadMicros()));
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
