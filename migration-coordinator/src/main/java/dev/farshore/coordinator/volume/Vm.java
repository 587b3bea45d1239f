package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.VolumeSpec;

import java.util.List;

/**
 * A set of volumes that are cut over together.
 *
 * @param volumes never empty, in order of their names
 */
public record Vm(String name, List<VolumeSpec> volumes) {
    public Vm {
        volumes = List.copyOf(volumes);
    }

    /** The site that owns its volumes; during a switch, the first volume's. */
    public String owner() {
        return volumes.getFirst().getOwner();
    }
}
