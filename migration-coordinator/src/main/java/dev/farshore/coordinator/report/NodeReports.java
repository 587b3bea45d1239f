package dev.farshore.coordinator.report;

import dev.farshore.coordinator.api.report.NodeReport;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The nodes of all sites as the API shows them. Thread-safe. */
public final class NodeReports {
    private static final double MICROS_PER_SECOND = 1e6;

    /** A node says something every ten seconds: this is more than three times that. */
    private static final long SILENT_AFTER_MICROS = 35_000_000;

    private final Supplier<Collection<ClockReading>> readings;
    private final Supplier<Collection<VolumeSpec>> specs;
    private final ImageReports images;
    private final Clocks clocks;
    private final LongSupplier nowMicros;

    /**
     * @param readings of {@code farshore.clocks}
     * @param specs of volumes that are not deleted
     * @param nowMicros microseconds since 1970
     */
    public NodeReports(
            Supplier<Collection<ClockReading>> readings,
            Supplier<Collection<VolumeSpec>> specs,
            ImageReports images,
            Clocks clocks,
            LongSupplier nowMicros) {
        this.readings = readings;
        this.specs = specs;
        this.images = images;
        this.clocks = clocks;
        this.nowMicros = nowMicros;
    }

    /** In order of sites and nodes. */
    public List<NodeReport> all() {
        Collection<ClockReading> said = readings.get();
        Collection<VolumeSpec> all = specs.get();
        return said.stream()
                .filter(reading -> !reading.getSite().isEmpty()) // the coordinator's, and orders
                .sorted(
                        Comparator.comparing(ClockReading::getSite)
                                .thenComparing(ClockReading::getNode))
                .map(reading -> of(reading, said, all))
                .toList();
    }

    /**
     * @throws RefusedException if there is no such node
     */
    public NodeReport of(String site, String node) {
        return all().stream()
                .filter(report -> report.site().equals(site) && report.node().equals(node))
                .findFirst()
                .orElseThrow(
                        () ->
                                RefusedException.notFound(
                                        "site '%s' has no node '%s'".formatted(site, node)));
    }

    private NodeReport of(
            ClockReading node, Collection<ClockReading> said, Collection<VolumeSpec> all) {
        boolean isDrained =
                DrainOrders.in(said)
                        .anyMatch(
                                order ->
                                        order.getSite().equals(node.getSite())
                                                && order.getNode().equals(node.getNode()));
        List<String> written =
                all.stream()
                        .filter(spec -> isWrittenAt(spec, node))
                        .map(VolumeSpec::getVvol)
                        .sorted()
                        .toList();
        List<String> notMoved =
                all.stream()
                        .filter(spec -> wasWrittenAt(spec, node))
                        .map(VolumeSpec::getVvol)
                        .toList();
        return new NodeReport(
                node.getSite(),
                node.getNode(),
                node.getVersion(),
                since(node),
                isDrained,
                written,
                copies(all, node.getActivePartitions()),
                copies(all, node.getHotPartitions()),
                health(node),
                silentSeconds(node),
                isDrained
                        ? new DrainObstacles(node, others(node, said), all, notMoved).remaining()
                        : List.of());
    }

    private boolean isWrittenAt(VolumeSpec spec, ClockReading node) {
        return wasWrittenAt(spec, node)
                && images.find(spec.getVvol(), spec.getOwner())
                        .filter(Progress::getOpen)
                        .isPresent();
    }

    /** The last epoch is its, open or ended: a volume that moves is in between. */
    private boolean wasWrittenAt(VolumeSpec spec, ClockReading node) {
        return spec.getOwner().equals(node.getSite())
                && images.find(spec.getVvol(), spec.getOwner())
                        .filter(
                                image ->
                                        EpochOwner.parse(image.getEpochOwner())
                                                .node()
                                                .equals(node.getNode()))
                        .isPresent();
    }

    private static int copies(Collection<VolumeSpec> all, List<Integer> partitions) {
        return (int) all.stream().filter(spec -> partitions.contains(spec.getPartition())).count();
    }

    /** Other nodes of its site that are neither drained nor gone. */
    private List<ClockReading> others(ClockReading node, Collection<ClockReading> said) {
        return said.stream()
                .filter(other -> other.getSite().equals(node.getSite()))
                .filter(other -> !other.getNode().equals(node.getNode()))
                .filter(other -> !isStopped(other) && !isSilent(other))
                .filter(
                        other ->
                                DrainOrders.in(said)
                                        .noneMatch(
                                                order ->
                                                        order.getSite().equals(other.getSite())
                                                                && order.getNode()
                                                                        .equals(other.getNode())))
                .toList();
    }

    private String health(ClockReading node) {
        if (isStopped(node)) {
            return "stopped";
        }
        if (isSilent(node)) {
            return "silent";
        }
        if (!node.getUnserved().isEmpty()) {
            return "%d volumes not served".formatted(node.getUnserved().size());
        }
        return node.getFaultyCopies().isEmpty()
                ? "OK"
                : "%d faulty copies".formatted(node.getFaultyCopies().size());
    }

    /** A node that stops says so with its last record. */
    private static boolean isStopped(ClockReading node) {
        return node.getErrorMicros() == Long.MAX_VALUE && node.getProcess().isEmpty();
    }

    private boolean isSilent(ClockReading node) {
        return silentMicros(node).orElse(0) >= SILENT_AFTER_MICROS;
    }

    /** Empty while its clock is not known. */
    private OptionalLong silentMicros(ClockReading node) {
        return clocks.skewOf(node.getSite(), node.getNode()).stream()
                .mapToLong(
                        skew ->
                                Math.max(
                                        0,
                                        nowMicros.getAsLong() - skew.readMicros() + skew.micros()))
                .findFirst();
    }

    private @Nullable Double silentSeconds(ClockReading node) {
        OptionalLong micros = silentMicros(node);
        return micros.isPresent() ? micros.getAsLong() / MICROS_PER_SECOND : null;
    }

    private static @Nullable Instant since(ClockReading node) {
        return node.getUptimeMicros() == 0
                ? null
                : Micros.toInstant(node.getReadMicros() - node.getUptimeMicros());
    }
}
