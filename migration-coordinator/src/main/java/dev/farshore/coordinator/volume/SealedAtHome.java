package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Gives the owner's site the next epoch where it has sealed one unasked: a node that has lost a
 * volume's partition to another node of its site ends what it had open, for the other to go on.
 *
 * <p>{@code CutoverLosesNoWrite}: what is reported sealed is in the log with all that was ever
 * acknowledged in that epoch, and a seal ends its epoch for good, so the report may be as old as it
 * likes. Who opens the new epoch has to have applied the seal.
 *
 * <p>The VM seq is counted by one node at a time: a VM's volumes go on only when none of them is
 * written at another node any more. Then whoever goes on knows every seq that was given out.
 *
 * <p>Threading: {@link #reported} from any thread; {@link #giveNextEpochs} by one.
 */
public final class SealedAtHome {
    private static final Logger log = LoggerFactory.getLogger(SealedAtHome.class);

    private final VolumeSpecs specs;
    private final VmService vms;
    private final ImageReports images;
    private final Predicate<String> isMoving;

    /** Volumes that were reported sealed and may still need an epoch. */
    private final Set<String> sealed = ConcurrentHashMap.newKeySet();

    /**
     * @param isMoving whether a VM is being migrated: then its migration gives the epochs
     */
    public SealedAtHome(
            VolumeSpecs specs, VmService vms, ImageReports images, Predicate<String> isMoving) {
        this.specs = specs;
        this.vms = vms;
        this.images = images;
        this.isMoving = isMoving;
    }

    /** A site has reported. Never blocks. */
    public void reported(@Nullable Progress progress) {
        if (progress != null && !progress.getOpen() && progress.getEpoch() > 0) {
            sealed.add(progress.getVvol());
        }
    }

    /** Looks at what was reported sealed. Blocks until what it changes is written. */
    public void giveNextEpochs() {
        for (String vvol : sealed) {
            if (isDone(vvol)) {
                sealed.remove(vvol);
            }
        }
    }

    /** Whether there is nothing left to do until the next report. */
    private boolean isDone(String vvol) {
        // A VM that is not moving does not begin to while its lock is held.
        synchronized (vms) {
            return specs.change(
                    () -> {
                        VolumeSpec spec = specs.find(vvol).orElse(null);
                        if (spec == null || !isSealed(spec)) {
                            return true;
                        }
                        if (spec.getPhase() != Phase.OPEN
                                || isMoving.test(spec.getVm())
                                || isVmWrittenElsewhere(spec)) {
                            return false;
                        }
                        VolumeSpec next =
                                SpecChanges.opened(spec, spec.getOwner(), spec.getEpoch() + 1);
                        specs.put(List.of(next));
                        log.atInfo()
                                .addKeyValue("vvol", vvol)
                                .addKeyValue("site", spec.getOwner())
                                .addKeyValue("epoch", next.getEpoch())
                                .log("volume goes on at another node of its site");
                        return true;
                    });
        }
    }

    /** Whether a volume of the VM is open, and not at the node that keeps this one. */
    private boolean isVmWrittenElsewhere(VolumeSpec spec) {
        String keeper =
                images.find(spec.getVvol(), spec.getOwner()).map(Progress::getNode).orElse("");
        return !spec.getVm().isEmpty()
                && vms.require(spec.getVm()).volumes().stream()
                        .flatMap(other -> images.find(other.getVvol(), other.getOwner()).stream())
                        .filter(Progress::getOpen)
                        .map(image -> EpochOwner.parse(image.getEpochOwner()).node())
                        .anyMatch(writer -> !writer.equals(keeper));
    }

    private boolean isSealed(VolumeSpec spec) {
        return images.find(spec.getVvol(), spec.getOwner())
                .filter(image -> !image.getOpen() && image.getEpoch() == spec.getEpoch())
                .isPresent();
    }
}
