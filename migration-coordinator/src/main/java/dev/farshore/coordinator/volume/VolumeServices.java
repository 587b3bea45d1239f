package dev.farshore.coordinator.volume;

/** What may be asked of volumes, VMs, sites and nodes, apart from hand-overs. */
public record VolumeServices(
        VolumeService volumes,
        VmService vms,
        VolumeChanges changes,
        SeedService seeds,
        VolumeDeletion deletion,
        SiteForgetting forgetting,
        NodeDraining draining) {}
