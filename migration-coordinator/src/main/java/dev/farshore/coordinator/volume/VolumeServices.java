package dev.farshore.coordinator.volume;

/** What may be asked of volumes and VMs, apart from hand-overs. */
public record VolumeServices(
        VolumeService volumes,
        VmService vms,
        VolumeChanges changes,
        SeedService seeds,
        VolumeDeletion deletion,
        SiteForgetting forgetting) {}
