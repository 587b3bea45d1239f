package dev.farshore.node.placement;

import dev.farshore.apply.assign.Placement;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Which node each partition of a site belongs to, by the volumes' specs. Volumes of one VM that are
 * written at this site belong on one node, because the VM seq is counted there. Threading: any
 * thread.
 */
public final class VolumePlacement implements Placement {
    private final String site;
    private final Supplier<Collection<VolumeSpec>> specs;
    private final SiteNodes nodes;
    private volatile @Nullable Layout layout;

    /**
     * @param wishes by partition: the nodes asked for, of whatever site
     * @param groups by partition: those that belong with it, itself among them
     */
    private record Layout(
            Map<Integer, List<String>> wishes,
            Set<Integer> written,
            Map<Integer, Set<Integer>> groups) {}

    /**
     * @param specs all that there are now
     */
    public VolumePlacement(SiteNodes nodes, Supplier<Collection<VolumeSpec>> specs) {
        this.site = nodes.site();
        this.nodes = nodes;
        this.specs = specs;
    }

    /**
     * Specs have changed.
     *
     * @return whether that is another placement than the one that was known
     */
    boolean changed() {
        Layout before = layout;
        Layout after = layoutOf(specs.get());
        layout = after;
        return before != null && !before.equals(after);
    }

    @Override
    public Optional<String> nodeOf(int partition) {
        return layout().wishes().getOrDefault(partition, List.of()).stream()
                .filter(node -> !nodes.isElsewhere(node))
                .findFirst();
    }

    @Override
    public boolean isWritten(int partition) {
        return layout().written().contains(partition);
    }

    @Override
    public Set<String> faultyAt(int partition) {
        return nodes.faultyAt(partition);
    }

    @Override
    public Set<Integer> together(int partition) {
        return layout().groups().getOrDefault(partition, Set.of(partition));
    }

    private Layout layout() {
        Layout known = layout;
        if (known == null) {
            known = layoutOf(specs.get());
            layout = known;
        }
        return known;
    }

    private Layout layoutOf(Collection<VolumeSpec> all) {
        Map<String, VolumeSpec> byName = new TreeMap<>();
        all.forEach(spec -> byName.put(spec.getVvol(), spec));
        Map<Integer, List<String>> wishes = new HashMap<>();
        Set<Integer> written = new HashSet<>();
        Map<Integer, Set<Integer>> groups = new HashMap<>();
        Map<String, Integer> partitionOfVm = new HashMap<>();
        for (VolumeSpec spec : byName.values()) {
            int partition = spec.getPartition();
            groups.computeIfAbsent(partition, one -> new HashSet<>(Set.of(one)));
            if (!spec.getPlacement().isEmpty()) {
                wishes.computeIfAbsent(partition, one -> new ArrayList<>())
                        .add(spec.getPlacement());
            }
            if (spec.getOwner().equals(site)) {
                written.add(partition);
                Integer other =
                        spec.getVm().isEmpty()
                                ? null
                                : partitionOfVm.putIfAbsent(spec.getVm(), partition);
                if (other != null) {
                    join(groups, other, partition);
                }
            }
        }
        return new Layout(wishes, written, groups);
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
}
