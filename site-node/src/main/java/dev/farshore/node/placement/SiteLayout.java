package dev.farshore.node.placement;

import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How volumes are spread over the partitions, as one site sees it.
 *
 * @param wishes by partition: the nodes asked for, of whatever site
 * @param written by partition: the volumes that are written at the site, in order of their names
 * @param groups by partition: those that belong with it, itself among them
 * @param handedOver partitions of volumes whose site holds the writes for a hand-over
 */
record SiteLayout(
        Map<Integer, List<String>> wishes,
        Map<Integer, List<String>> written,
        Map<Integer, Set<Integer>> groups,
        Set<Integer> handedOver) {

    static SiteLayout of(String site, Collection<VolumeSpec> all) {
        Map<String, VolumeSpec> byName = new TreeMap<>();
        all.forEach(spec -> byName.put(spec.getVvol(), spec));
        Map<Integer, List<String>> wishes = new HashMap<>();
        Map<Integer, List<String>> written = new TreeMap<>();
        Map<Integer, Set<Integer>> groups = new HashMap<>();
        Set<Integer> handedOver = new TreeSet<>();
        Map<String, Integer> partitionOfVm = new HashMap<>();
        for (VolumeSpec spec : byName.values()) {
            int partition = spec.getPartition();
            groups.computeIfAbsent(partition, one -> new HashSet<>(Set.of(one)));
            if (!spec.getPlacement().isEmpty()) {
                wishes.computeIfAbsent(partition, _ -> new ArrayList<>()).add(spec.getPlacement());
            }
            if (spec.getOwner().equals(site)) {
                written.computeIfAbsent(partition, _ -> new ArrayList<>()).add(spec.getVvol());
                if (spec.getPhase() == Phase.SEALED) {
                    handedOver.add(partition);
                }
                Integer other =
                        spec.getVm().isEmpty()
                                ? null
                                : partitionOfVm.putIfAbsent(spec.getVm(), partition);
                if (other != null) {
                    join(groups, other, partition);
                }
            }
        }
        return new SiteLayout(wishes, written, groups, handedOver);
    }

    /** All partitions of the two groups share one set from now on. */
    private static void join(Map<Integer, Set<Integer>> groups, int one, int other) {
        Set<Integer> into = groups.getOrDefault(one, Set.of());
        Set<Integer> from = groups.getOrDefault(other, Set.of());
        if (into != from) {
            into.addAll(from);
            from.forEach(partition -> groups.put(partition, into));
        }
    }

    boolean isWritten(int partition) {
        return written.containsKey(partition);
    }

    Set<Integer> group(int partition) {
        return groups.getOrDefault(partition, Set.of(partition));
    }

    /** Volumes of some partitions that are written at the site. */
    List<String> writtenVolumes(Collection<Integer> partitions) {
        return partitions.stream()
                .flatMap(partition -> written.getOrDefault(partition, List.of()).stream())
                .toList();
    }
}
