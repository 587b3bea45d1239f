package dev.farshore.coordinator.report;

import dev.farshore.coordinator.api.report.NodeReport;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Why volumes are still written at a drained node.
 *
 * @param node the drained one
 * @param others nodes of its site that could take over
 * @param all specs of all volumes
 * @param written volumes that were written at the node last, and nowhere else since
 */
record DrainObstacles(
        ClockReading node,
        List<ClockReading> others,
        Collection<VolumeSpec> all,
        Collection<String> written) {
    private static final String TURN = "waits for its turn, or is on its way";

    List<NodeReport.Remaining> remaining() {
        return all.stream()
                .filter(spec -> written.contains(spec.getVvol()))
                .sorted(Comparator.comparing(VolumeSpec::getVvol))
                .map(this::remaining)
                .toList();
    }

    private NodeReport.Remaining remaining(VolumeSpec spec) {
        List<VolumeSpec> together = together(spec);
        if (together.stream().anyMatch(one -> one.getPhase() == Phase.SEALED)) {
            return new NodeReport.Remaining(
                    spec.getVvol(), spec.getVm(), "a hand-over is under way", false);
        }
        Optional<String> obstacle = obstacle(together);
        return new NodeReport.Remaining(
                spec.getVvol(), spec.getVm(), obstacle.orElse(TURN), obstacle.isPresent());
    }

    /** The volumes that only move with this one: of its VM, and of VMs that share partitions. */
    private List<VolumeSpec> together(VolumeSpec first) {
        Set<Integer> partitions = new TreeSet<>(Set.of(first.getPartition()));
        while (true) {
            List<VolumeSpec> found =
                    all.stream()
                            .filter(spec -> spec.getOwner().equals(node.getSite()))
                            .filter(spec -> partitions.contains(spec.getPartition()))
                            .toList();
            Set<String> vms =
                    found.stream()
                            .map(VolumeSpec::getVm)
                            .filter(vm -> !vm.isEmpty())
                            .collect(Collectors.toSet());
            boolean isMore =
                    partitions.addAll(
                            all.stream()
                                    .filter(spec -> spec.getOwner().equals(node.getSite()))
                                    .filter(spec -> vms.contains(spec.getVm()))
                                    .map(VolumeSpec::getPartition)
                                    .toList());
            if (!isMore) {
                return found;
            }
        }
    }

    private Optional<String> obstacle(List<VolumeSpec> together) {
        if (others.isEmpty()) {
            return Optional.of(
                    "site %s has no other node that runs and is not drained"
                            .formatted(node.getSite()));
        }
        List<String> reasons =
                others.stream().flatMap(other -> reason(other, together).stream()).toList();
        return reasons.size() < others.size()
                ? Optional.empty()
                : Optional.of(String.join("; ", reasons));
    }

    /** Why a node can't take these over; empty if it can. */
    private static Optional<String> reason(ClockReading other, List<VolumeSpec> together) {
        if (other.getVersion().isEmpty()) {
            return Optional.of(
                    "node %s runs a build that knows nothing of drained nodes: use volume set --placement"
                            .formatted(other.getNode()));
        }
        for (VolumeSpec spec : together) {
            int partition = spec.getPartition();
            Optional<FaultyCopy> faulty =
                    other.getFaultyCopies().stream()
                            .filter(copy -> copy.getPartition() == partition)
                            .filter(copy -> !copy.getHealth().equals(Health.GAP.name()))
                            .findFirst();
            if (faulty.isPresent()) {
                return Optional.of(
                        "the copy of %s at node %s is %s: %s"
                                .formatted(
                                        faulty.get().getVvol(),
                                        other.getNode(),
                                        faulty.get().getHealth(),
                                        faulty.get().getReason()));
            }
            if (!other.getHotPartitions().contains(partition)
                    && !other.getActivePartitions().contains(partition)) {
                return Optional.of(
                        "node %s has no hot copy of %s".formatted(other.getNode(), spec.getVvol()));
            }
        }
        return Optional.empty();
    }
}
