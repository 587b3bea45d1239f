package dev.farshore.coordinator.fake;

import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Specs in memory. */
public final class InMemorySpecs implements VolumeSpecs {
    private final Map<String, VolumeSpec> specs = new ConcurrentHashMap<>();

    @Override
    public Optional<VolumeSpec> find(String vvol) {
        return Optional.ofNullable(specs.get(vvol));
    }

    @Override
    public Collection<VolumeSpec> all() {
        return List.copyOf(specs.values());
    }

    @Override
    public void put(List<VolumeSpec> changed) {
        changed.forEach(spec -> specs.put(spec.getVvol(), spec));
    }
}
