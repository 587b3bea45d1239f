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
 * Adjusts specs when the owner's site seals or opens an epoch by itself.
 *
 * <p>It seals one: a node that has lost a volume's partition to another node of its site seals its
 * epoch, so that the other can go on. The site is given the next epoch. {@code
 * CutoverLosesNoWrite}: what is reported sealed is in the log with all that was ever acknowledged
 * in that epoch, and a seal ends its epoch for good, so the report may be as old as it likes. Who
 * opens the new epoch has to have applied the seal. The VM seq is counted by one node at a time: a
 * VM's volumes go on only when none of them is written at another node any more. Then whoever goes
 * on knows every seq that was given out.
 *
 * <p>It opens one: the epoch is in the log, so the spec must have it too. Otherwise the epoch of a
 * later hand-over or {@code reopen} would not be the highest.
 *
 * <p>Neither while the VM is being handed over: its migration gives the epochs then. That goes from
 * the order to seal on; a site that seals before it is ordered to has to go on, too. Should another
 * coordinator order it at the same time, one of the two changes of the spec counts.
 *
 * <p>Threading: {@link #reported} from any thread; {@link #follow} by one.
 */
public final class OwnerEpochFollower {
    private static final Logger log = LoggerFactory.getLogger(OwnerEpochFollower.class);

    private final VolumeSpecs specs;
    private final VmService vms;
    private final ImageReports images;
    private final Predicate<String> isHandingOver;

    /** Volumes whose spec may have to follow. */
    private final Set<String> waiting = ConcurrentHashMap.newKeySet();

    /**
     * @param isHandingOver whether a VM's migration gives the epochs
     */
    public OwnerEpochFollower(
            VolumeSpecs specs,
            VmService vms,
            ImageReports images,
            Predicate<String> isHandingOver) {
        this.specs = specs;
        this.vms = vms;
        this.images = images;
        this.isHandingOver = isHandingOver;
    }

    /** A site has reported. Never blocks. */
    public void reported(@Nullable Progress progress) {
        if (progress != null && progress.getEpoch() > 0) {
            boolean isRaised =
                    specs.find(progress.getVvol())
                            .filter(spec -> spec.getEpoch() < progress.getEpoch())
                            .isPresent();
            if (!progress.getOpen() || isRaised) {
                waiting.add(progress.getVvol());
            }
        }
    }

    /** Looks at what was reported. Blocks until what it changes is written. */
    public void follow() {
        for (String vvol : waiting) {
            if (isDone(vvol)) {
                waiting.remove(vvol);
            }
        }
    }

    /** Whether there is nothing left to do until the next report. */
    private boolean isDone(String vvol) {
        // A VM that is not moving does not begin to while its lock is held.
        synchronized (vms) {
            return specs.change(
                    () -> {
                        VolumeSpec spec =
                                specs.find(vvol).or(() -> specs.findDeleted(vvol)).orElse(null);
                        Progress image = spec == null ? null : ownEpoch(spec);
                        return spec == null
                                || image == null
                                || isDeleted(spec)
                                || hasFollowed(spec, image);
                    });
        }
    }

    private boolean hasFollowed(VolumeSpec spec, Progress image) {
        boolean isNews = image.getEpoch() > spec.getEpoch() || !image.getOpen();
        if (!isNews) {
            return true;
        }
        if (spec.getPhase() == Phase.SEALED || isHandingOver.test(spec.getVm())) {
            return false;
        }
        if (image.getOpen()) {
            follow(spec, image.getEpoch(), "the owner's site has opened a new epoch by itself");
            return true;
        }
        if (isVmWrittenElsewhere(spec)) {
            return false;
        }
        follow(spec, image.getEpoch() + 1, "volume goes on at another node of its site");
        return true;
    }

    private void follow(VolumeSpec spec, int epoch, String why) {
        specs.put(List.of(SpecChanges.inEpoch(spec, epoch)));
        log.atInfo()
                .addKeyValue("vvol", spec.getVvol())
                .addKeyValue("site", spec.getOwner())
                .addKeyValue("epoch", epoch)
                .log(why);
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

    /** An epoch that ended before its volume was deleted is followed by another to do that in. */
    private boolean isDeleted(VolumeSpec spec) {
        return spec.getPhase() == Phase.DELETED
                && VolumeDeletion.isDone(spec, images.find(spec.getVvol(), spec.getOwner()));
    }

    /** What the owner's site has of an epoch of its own that is not older than the spec. */
    private @Nullable Progress ownEpoch(VolumeSpec spec) {
        return images.find(spec.getVvol(), spec.getOwner())
                .filter(image -> image.getEpoch() >= spec.getEpoch())
                .filter(
                        image ->
                                EpochOwner.parse(image.getEpochOwner())
                                        .site()
                                        .equals(spec.getOwner()))
                .orElse(null);
    }
}
