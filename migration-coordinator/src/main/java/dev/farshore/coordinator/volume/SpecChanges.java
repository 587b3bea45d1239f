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

    /** As it is put: what it was made from is history then. */
    public static VolumeSpec next(VolumeSpec spec) {
        return copy(spec).setVersion(spec.getVersion() + 1).build();
    }

    /** The volume becomes a disk of {@code vm}. */
    static VolumeSpec joined(VolumeSpec spec, String vm) {
        return copy(spec).setVm(vm).build();
    }

    /** The owner is to hold writes and to end {@code epoch}. */
    public static VolumeSpec sealed(VolumeSpec spec, int epoch) {
        return copy(spec).setEpoch(epoch).setPhase(Phase.SEALED).build();
    }

    /** {@code owner} is to open {@code epoch}. */
    public static VolumeSpec opened(VolumeSpec spec, String owner, int epoch) {
        return copy(spec).setOwner(owner).setEpoch(epoch).setPhase(Phase.OPEN).build();
    }

    /** The owner is to have {@code epoch} open, for what the last one was for. */
    static VolumeSpec inEpoch(VolumeSpec spec, int epoch) {
        return copy(spec).setEpoch(epoch).build();
    }

    /** The owner is to free all of the volume. Little is left of it, even if it never opened. */
    static VolumeSpec deleted(VolumeSpec spec, long id) {
        return copy(spec)
                .setPhase(Phase.DELETED)
                .setSizeBytes(VolumeFields.SECTOR_BYTES)
                .setJournalBytes(VolumeFields.MIN_JOURNAL_BYTES)
                .setSeedId(id)
                .setImportPath("")
                .setImportFormat("")
                .setSeedBytesPerSecond(0)
                .build();
    }

    /** A new volume of a deleted one's name goes on in its log, behind its end. */
    static VolumeSpec reborn(VolumeSpec deleted, int epoch, VolumeSpec asked) {
        return copy(deleted)
                .setSizeBytes(asked.getSizeBytes())
                .setOwner(asked.getOwner())
                .setEpoch(epoch)
                .setPhase(Phase.OPEN)
                .setDurability(asked.getDurability())
                .setCreatedMicros(asked.getCreatedMicros())
                .setJournalBytes(asked.getJournalBytes())
                .setPlacement(asked.getPlacement())
                .setAutoReseed(asked.getAutoReseed())
                .setShrinkFromBytes(0)
                .build();
    }

    /** The volume is no VM's any more, and not slowed with it. */
    static VolumeSpec alone(VolumeSpec spec) {
        return throttled(copy(spec).setVm("").build(), 0, 0);
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

    /**
     * The owner is to make the volume as large. What an order to shrink allows it to cut off, and
     * it may not have yet, it may cut off still, but for what the volume is to have now.
     */
    static VolumeSpec grown(VolumeSpec spec, long sizeBytes) {
        long shrinkFromBytes =
                spec.getShrinkFromBytes() > sizeBytes ? spec.getShrinkFromBytes() : 0;
        return copy(spec).setSizeBytes(sizeBytes).setShrinkFromBytes(shrinkFromBytes).build();
    }

    /** The owner is to cut off what is behind {@code sizeBytes}. */
    static VolumeSpec shrunk(VolumeSpec spec, long sizeBytes) {
        return copy(spec)
                .setSizeBytes(sizeBytes)
                .setShrinkFromBytes(Math.max(spec.getSizeBytes(), spec.getShrinkFromBytes()))
                .build();
    }

    /** The VM's writes are to be slowed; 0 for no limit. */
    public static VolumeSpec throttled(VolumeSpec spec, long bytesPerSecond, long writesPerSecond) {
        return copy(spec)
                .setThrottleBytesPerSecond(bytesPerSecond)
                .setThrottleWritesPerSecond(writesPerSecond)
                .build();
    }

    /**
     * The owner is to make a seed: of a disk image, or of the volume where {@code path} is empty.
     */
    static VolumeSpec seeded(
            VolumeSpec spec, long id, String path, String format, long bytesPerSecond) {
        return copy(spec)
                .setSeedId(id)
                .setImportPath(path)
                .setImportFormat(format)
                .setSeedBytesPerSecond(bytesPerSecond)
                .build();
    }

    /** Whether the owner is to make seeds when a site needs one. */
    static VolumeSpec reseeding(VolumeSpec spec, boolean autoReseed) {
        return copy(spec).setAutoReseed(autoReseed).build();
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
                .setPlacement(spec.getPlacement())
                .setSeedId(spec.getSeedId())
                .setImportPath(spec.getImportPath())
                .setImportFormat(spec.getImportFormat())
                .setSeedBytesPerSecond(spec.getSeedBytesPerSecond())
                .setAutoReseed(spec.getAutoReseed())
                .setVersion(spec.getVersion())
                .setShrinkFromBytes(spec.getShrinkFromBytes());
    }

    private SpecChanges() {}
}
