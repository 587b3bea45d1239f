package dev.farshore.coordinator.fake;

import dev.farshore.coordinator.volume.OverruledException;
import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.Succession;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Specs in memory, compare-and-set as in the topic. */
public final class InMemorySpecs implements VolumeSpecs {
    private final Map<String, VolumeSpec> specs = new ConcurrentHashMap<>();
    private final Set<String> overshadowed = ConcurrentHashMap.newKeySet();
    private Runnable beforeNextPut = () -> {};

    /** What another coordinator does between this one's reading and writing, once. */
    public void beforeNextPut(Runnable action) {
        beforeNextPut = action;
    }

    @Override
    public Optional<VolumeSpec> find(String vvol) {
        return Optional.ofNullable(specs.get(vvol)).filter(spec -> !isDeleted(spec));
    }

    @Override
    public Optional<VolumeSpec> findDeleted(String vvol) {
        return Optional.ofNullable(specs.get(vvol)).filter(InMemorySpecs::isDeleted);
    }

    private static boolean isDeleted(VolumeSpec spec) {
        return spec.getPhase() == Phase.DELETED;
    }

    @Override
    public Collection<VolumeSpec> all() {
        return specs.values().stream().filter(spec -> !isDeleted(spec)).toList();
    }

    @Override
    public void put(List<VolumeSpec> changed) {
        Runnable first = beforeNextPut;
        beforeNextPut = () -> {};
        first.run();
        for (VolumeSpec made : changed) {
            VolumeSpec next = SpecChanges.next(made);
            VolumeSpec current = specs.get(next.getVvol());
            if (current != null && !Succession.ofSpecs().follows(current, next)) {
                throw new OverruledException(next.getVvol());
            }
            specs.put(next.getVvol(), next);
            overshadowed.remove(next.getVvol());
        }
    }

    @Override
    public Set<String> overshadowed() {
        return Set.copyOf(overshadowed);
    }

    /** The newest record of a volume does not count from now on. */
    public void overshadow(String vvol) {
        overshadowed.add(vvol);
    }
}
