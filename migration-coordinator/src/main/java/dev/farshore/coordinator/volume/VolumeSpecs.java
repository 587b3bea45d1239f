package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.VolumeSpec;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What should be of every volume ({@code farshore.volumes}). Thread-safe. Whoever makes a new spec
 * of one that is there holds this object's lock meanwhile, so that no change undoes another.
 */
public interface VolumeSpecs {

    Optional<VolumeSpec> find(String vvol);

    Collection<VolumeSpec> all();

    /**
     * Returns once the specs are acknowledged by all in-sync replicas, and {@link #find} and {@link
     * #all} show them.
     */
    void put(List<VolumeSpec> specs);
}
