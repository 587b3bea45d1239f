package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

/**
 * The changes that are ever made to a spec, each as a new spec. Not by the generated builder's
 * copy, which looks up enums by class name, and Avro trusts no class unless the whole process is
 * configured to.
 */
public final class SpecChanges {

    /** The volume becomes a disk of {@code vm}. */
    static VolumeSpec joined(VolumeSpec spec, String vm) {
        return copy(spec, vm, spec.getOwner(), spec.getEpoch(), spec.getPhase());
    }

    /** The owner is to hold writes and to end its epoch. */
    public static VolumeSpec sealed(VolumeSpec spec) {
        return copy(spec, spec.getVm(), spec.getOwner(), spec.getEpoch(), Phase.SEALED);
    }

    /** {@code owner} is to open {@code epoch}. */
    public static VolumeSpec opened(VolumeSpec spec, String owner, int epoch) {
        return copy(spec, spec.getVm(), owner, epoch, Phase.OPEN);
    }

    private static VolumeSpec copy(
            VolumeSpec spec, String vm, String owner, int epoch, Phase phase) {
        return new VolumeSpec(
                spec.getVvol(),
                vm,
                spec.getSizeBytes(),
                spec.getPartition(),
                owner,
                epoch,
                phase,
                spec.getDurability(),
                spec.getCreatedMicros(),
                spec.getJournalBytes());
    }

    private SpecChanges() {}
}
