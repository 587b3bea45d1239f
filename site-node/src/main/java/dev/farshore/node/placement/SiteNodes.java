package dev.farshore.node.placement;

import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.DrainedNode;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.Health;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The nodes' last reports of themselves, as seen from one site. Threading: any thread.
 *
 * @param readings of {@code farshore.clocks}
 */
public record SiteNodes(String site, Supplier<Collection<ClockReading>> readings) {

    /** Whether the name is known at another site and not at this one. */
    boolean isElsewhere(String node) {
        Set<String> sites =
                readings.get().stream()
                        .filter(reading -> reading.getNode().equals(node))
                        .map(ClockReading::getSite)
                        .filter(other -> !other.isEmpty()) // the coordinator's
                        .collect(Collectors.toSet());
        return !sites.isEmpty() && !sites.contains(site);
    }

    /** Nodes of this site whose copy of a partition can't be applied. */
    Set<String> faultyAt(int partition) {
        return ours().stream()
                .filter(reading -> isFaulty(reading, partition))
                .map(ClockReading::getNode)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether another node of this site has a copy of a partition that is not faulty. */
    boolean isElsewhereHealthy(String node, int partition) {
        return ours().stream()
                .anyMatch(
                        reading ->
                                !reading.getNode().equals(node) && !isFaulty(reading, partition));
    }

    /** By node of this site: its faulty copies, if there are any. */
    Map<String, List<FaultyCopy>> faults() {
        return ours().stream()
                .filter(reading -> !reading.getFaultyCopies().isEmpty())
                .collect(
                        Collectors.toUnmodifiableMap(
                                ClockReading::getNode, ClockReading::getFaultyCopies));
    }

    /** Nodes of this site that an operator wants drained. */
    Set<String> drained() {
        return DrainOrders.in(readings.get())
                .filter(order -> order.getSite().equals(site))
                .map(DrainedNode::getNode)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Partitions that some of this site's nodes answer for, as those said last. */
    Set<Integer> activeAt(Predicate<String> which) {
        return ours().stream()
                .filter(reading -> which.test(reading.getNode()))
                .flatMap(reading -> reading.getActivePartitions().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether a node that is not drained has healthy hot copies of all these partitions. */
    boolean canTakeOver(Collection<Integer> partitions) {
        Set<String> drained = drained();
        return ours().stream()
                .filter(reading -> !drained.contains(reading.getNode()))
                .anyMatch(
                        reading ->
                                partitions.stream()
                                        .allMatch(partition -> hasCopy(reading, partition)));
    }

    private static boolean hasCopy(ClockReading reading, int partition) {
        return (reading.getHotPartitions().contains(partition)
                        || reading.getActivePartitions().contains(partition))
                && !isFaulty(reading, partition);
    }

    private Collection<ClockReading> ours() {
        return readings.get().stream().filter(reading -> reading.getSite().equals(site)).toList();
    }

    private static boolean isFaulty(ClockReading reading, int partition) {
        return reading.getFaultyCopies().stream()
                .anyMatch(copy -> copy.getPartition() == partition && isFaulty(copy));
    }

    /** A gap is in the log: another copy meets it, too. */
    private static boolean isFaulty(FaultyCopy copy) {
        return !copy.getHealth().equals(Health.GAP.name());
    }
}
