package dev.farshore.coordinator.volume;

import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewThrottle;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.function.Predicate;

/** Changes what should be of volumes that are in use. Thread-safe. */
public final class VolumeChanges {
    private static final Logger log = LoggerFactory.getLogger(VolumeChanges.class);

    private final VolumeSpecs specs;
    private final VmService vms;
    private final Predicate<String> isMoving;
    private final ImageLimits limits;

    /** Where no site tells how large its images can be. */
    public VolumeChanges(VolumeSpecs specs, VmService vms, Predicate<String> isMoving) {
        this(specs, vms, isMoving, ImageLimits.UNKNOWN);
    }

    /**
     * @param isMoving whether a VM is being migrated
     */
    public VolumeChanges(
            VolumeSpecs specs, VmService vms, Predicate<String> isMoving, ImageLimits limits) {
        this.limits = limits;
        this.specs = specs;
        this.vms = vms;
        this.isMoving = isMoving;
    }

    /**
     * Changes what a flush waits for, from now on; the size of the journal, from the next one on:
     * that is made when the volume is handed over to a site or node; and which node keeps it.
     *
     * @throws RefusedException if there is no such volume, or a field is not valid
     */
    public VolumeSpec set(String vvol, VolumeSettings asked) {
        if (asked.durability() == null
                && asked.journalBytes() == null
                && asked.placement() == null
                && asked.autoReseed() == null) {
            throw RefusedException.malformed(
                    "durability, journalBytes, placement or autoReseed is needed");
        }
        return specs.change(
                () -> {
                    VolumeSpec spec = require(vvol);
                    VolumeSpec changed =
                            SpecChanges.kept(
                                    spec,
                                    asked.durability() == null
                                            ? spec.getDurability()
                                            : VolumeFields.requireDurability(asked.durability()),
                                    asked.journalBytes() == null
                                            ? spec.getJournalBytes()
                                            : VolumeFields.requireJournal(asked.journalBytes()),
                                    asked.placement() == null
                                            ? spec.getPlacement()
                                            : VolumeFields.requirePlacement(asked.placement()));
                    if (asked.autoReseed() != null) {
                        changed = SpecChanges.reseeding(changed, asked.autoReseed());
                    }
                    specs.put(List.of(changed));
                    log.atInfo()
                            .addKeyValue("vvol", vvol)
                            .addKeyValue("durability", changed.getDurability())
                            .addKeyValue("journalBytes", changed.getJournalBytes())
                            .addKeyValue("placement", changed.getPlacement())
                            .log("volume settings changed");
                    return changed;
                });
    }

    /**
     * Changes a volume's size.
     *
     * @throws RefusedException if there is no such volume, it is being handed over, would lose data
     *     without {@code force}, or a site could not hold its image
     */
    public VolumeSpec resize(String vvol, NewSize asked) {
        long sizeBytes = VolumeFields.requireSize(asked.sizeBytes());
        // A VM that is not moving does not begin to while its lock is held.
        synchronized (vms) {
            return specs.change(
                    () -> {
                        VolumeSpec spec = require(vvol);
                        if (isMoving.test(spec.getVm()) || spec.getPhase() != Phase.OPEN) {
                            throw RefusedException.conflict(
                                    "volume '%s' is being handed over".formatted(vvol));
                        }
                        if (sizeBytes < spec.getSizeBytes()
                                && !Boolean.TRUE.equals(asked.force())) {
                            throw RefusedException.conflict(
                                    "volume '%s' has %d bytes: what is behind %d would be lost; force is needed"
                                            .formatted(vvol, spec.getSizeBytes(), sizeBytes));
                        }
                        if (sizeBytes > spec.getSizeBytes()) {
                            limits.requireRoom(vvol, sizeBytes);
                        }
                        VolumeSpec changed =
                                sizeBytes < spec.getSizeBytes()
                                        ? SpecChanges.shrunk(spec, sizeBytes)
                                        : SpecChanges.grown(spec, sizeBytes);
                        specs.put(List.of(changed));
                        log.atInfo()
                                .addKeyValue("vvol", vvol)
                                .addKeyValue("fromBytes", spec.getSizeBytes())
                                .addKeyValue("toBytes", sizeBytes)
                                .log("volume is to be resized");
                        return changed;
                    });
        }
    }

    /**
     * Slows a VM's writes, over all its volumes, or lets them go on at full speed. Also while it is
     * being migrated.
     *
     * @throws RefusedException if there is no such VM, or a limit is not positive
     */
    public Vm throttle(String vm, NewThrottle asked) {
        long bytesPerSecond = VolumeFields.requireLimit("bytesPerSecond", asked.bytesPerSecond());
        long writesPerSecond =
                VolumeFields.requireLimit("writesPerSecond", asked.writesPerSecond());
        specs.change(
                () -> {
                    List<VolumeSpec> throttled =
                            vms.require(vm).volumes().stream()
                                    .map(
                                            spec ->
                                                    SpecChanges.throttled(
                                                            spec, bytesPerSecond, writesPerSecond))
                                    .toList();
                    specs.put(throttled);
                    return throttled;
                });
        log.atInfo()
                .addKeyValue("vm", vm)
                .addKeyValue("bytesPerSecond", bytesPerSecond)
                .addKeyValue("writesPerSecond", writesPerSecond)
                .log("VM throttled");
        return vms.require(vm);
    }

    private VolumeSpec require(String vvol) {
        return specs.find(vvol)
                .orElseThrow(
                        () -> RefusedException.notFound("there is no volume '%s'".formatted(vvol)));
    }
}
