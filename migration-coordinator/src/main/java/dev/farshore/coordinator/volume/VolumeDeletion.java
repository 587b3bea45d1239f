package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Deletes volumes and VMs. A deleted volume's spec stays, in phase {@code DELETED}, and is shown
 * nowhere: it tells nodes that come back late, and has the partition and the epoch that a new
 * volume of the name goes on from. The owner frees the volume in its log and ends the epoch; until
 * it has reported that, the name is not given out again, as the new volume would begin with old
 * data.
 *
 * <p>Thread-safe.
 */
public final class VolumeDeletion {
    private static final Logger log = LoggerFactory.getLogger(VolumeDeletion.class);

    private final VolumeSpecs specs;
    private final VmService vms;
    private final ImageReports images;
    private final Predicate<String> isMoving;
    private final LongSupplier nowMicros;

    /**
     * @param isMoving whether a VM is being migrated
     * @param nowMicros microseconds since 1970
     */
    public VolumeDeletion(
            VolumeSpecs specs,
            VmService vms,
            ImageReports images,
            Predicate<String> isMoving,
            LongSupplier nowMicros) {
        this.specs = specs;
        this.vms = vms;
        this.images = images;
        this.isMoving = isMoving;
        this.nowMicros = nowMicros;
    }

    /** Whether the owner has deleted a volume whose spec says so: its log ends with that. */
    static boolean isDone(VolumeSpec deleted, Optional<Progress> owner) {
        return owner.filter(
                        image ->
                                image.getSeedId() == deleted.getSeedId()
                                        && image.getSeedFinished()
                                        && image.getEpoch() >= deleted.getEpoch()
                                        && !image.getOpen())
                .isPresent();
    }

    /**
     * Deletes a volume at every site, for good.
     *
     * @param confirmed the volume's name once more
     * @throws RefusedException if it is not confirmed, there is no such volume, it belongs to a VM,
     *     is being handed over, or a client is connected
     */
    public VolumeSpec delete(String vvol, @Nullable String confirmed) {
        if (!vvol.equals(confirmed)) {
            throw RefusedException.invalid(
                    "deleteData",
                    "all data of volume '%s' is deleted at every site, for good: confirm it by its name"
                            .formatted(vvol));
        }
        synchronized (vms) {
            return specs.change(
                    () -> {
                        VolumeSpec spec =
                                specs.find(vvol)
                                        .orElseThrow(
                                                () ->
                                                        RefusedException.notFound(
                                                                "there is no volume '%s'"
                                                                        .formatted(vvol)));
                        requireUnused(spec);
                        VolumeSpec deleted =
                                SpecChanges.deleted(
                                        spec,
                                        Math.max(nowMicros.getAsLong(), spec.getSeedId() + 1));
                        specs.put(List.of(deleted));
                        log.atInfo()
                                .addKeyValue("vvol", vvol)
                                .addKeyValue("site", spec.getOwner())
                                .addKeyValue("epoch", spec.getEpoch())
                                .addKeyValue("deletion", deleted.getSeedId())
                                .log("volume deleted");
                        return deleted;
                    });
        }
    }

    private void requireUnused(VolumeSpec spec) {
        if (!spec.getVm().isEmpty()) {
            throw RefusedException.conflict(
                    "volume '%s' belongs to VM '%s': delete that first"
                            .formatted(spec.getVvol(), spec.getVm()));
        }
        if (spec.getPhase() != Phase.OPEN) {
            throw RefusedException.conflict(
                    "volume '%s' is being handed over".formatted(spec.getVvol()));
        }
        for (Progress image : images.of(spec.getVvol())) {
            if (image.getClients() > 0) {
                throw RefusedException.conflict(
                        "volume '%s' has %d clients at node %s: disconnect them first"
                                .formatted(spec.getVvol(), image.getClients(), image.getNode()));
            }
            if (image.getClients() < 0 && image.getSite().equals(spec.getOwner())) {
                throw RefusedException.conflict(
                        "node %s does not tell whether volume '%s' has clients: it is of an earlier version"
                                .formatted(image.getNode(), spec.getVvol()));
            }
        }
    }

    /**
     * Deletes a VM; its volumes stay, and belong to none.
     *
     * @return the volumes
     * @throws RefusedException if there is no such VM, or it is being migrated
     */
    public List<VolumeSpec> deleteVm(String vm) {
        synchronized (vms) {
            if (isMoving.test(vm)) {
                throw RefusedException.conflict("VM '%s' is being migrated".formatted(vm));
            }
            return specs.change(() -> ungroup(vm));
        }
    }

    private List<VolumeSpec> ungroup(String vm) {
        List<VolumeSpec> members = vms.require(vm).volumes();
        for (VolumeSpec member : members) {
            if (member.getPhase() != Phase.OPEN) {
                throw RefusedException.conflict(
                        "volume '%s' is being handed over".formatted(member.getVvol()));
            }
        }
        specs.put(members.stream().map(SpecChanges::alone).toList());
        log.atInfo()
                .addKeyValue("vm", vm)
                .addKeyValue("vvols", members.stream().map(VolumeSpec::getVvol).toList())
                .log("VM deleted; its volumes stay");
        return members.stream().flatMap(member -> specs.find(member.getVvol()).stream()).toList();
    }
}
