package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.Durability;
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
        return copy(spec).setVm(vm).build();
    }

    /** The owner is to hold writes and to end its epoch. */
    public static VolumeSpec sealed(VolumeSpec spec) {
        return copy(spec).setPhase(Phase.SEALED).build();
    }

    /** {@code owner} is to open {@code epoch}. */
    public static VolumeSpec opened(VolumeSpec spec, String owner, int epoch) {
        return copy(spec).setOwner(owner).setEpoch(epoch).setPhase(Phase.OPEN).build();
    }

    /**
     * Flushes are to wait for something else, the next journal to have another size, another node
     * to keep the volume.
     */
    static VolumeSpec kept(
            VolumeSpec spec, Durability durability, long journalBytes, String placement) {
        return copy(spec)
                .setDurability(durability)
                .setJournalBytes(journalBytes)
                .setPlacement(placement)
                .build();
    }

    /** The owner is to make the volume as large. */
    static VolumeSpec resized(VolumeSpec spec, long sizeBytes) {
        return copy(spec).setSizeBytes(sizeBytes).build();
    }

    /** The VM's writes are to be slowed; 0 for no limit. */
    public static VolumeSpec throttled(VolumeSpec spec, long bytesPerSecond, long writesPerSecond) {
        return copy(spec)
                .setThrottleBytesPerSecond(bytesPerSecond)
                .setThrottleWritesPerSecond(writesPerSecond)
                .build();
    }

    private static VolumeSpec.Builder copy(VolumeSpec spec) {
        return VolumeSpec.newBuilder()
                .setVvol(spec.getVvol())
                .setVm(spec.getVm())
                .setSizeBytes(spec.getSizeBytes())
                .setPartition(spec.getPartition())
                .setOwner(spec.getOwner())
                .setEpoch(spec.getEpoch())
                .setPhase(spec.getPhase())
                .setDurability(spec.getDurability())
                .setCreatedMicros(spec.getCreatedMicros())
                .setJournalBytes(spec.getJournalBytes())
                .setThrottleBytesPerSecond(spec.getThrottleBytesPerSecond())
                .setThrottleWritesPerSecond(spec.getThrottleWritesPerSecond())
                .setPlacement(spec.getPlacement());
    }

    private SpecChanges() {}
}
