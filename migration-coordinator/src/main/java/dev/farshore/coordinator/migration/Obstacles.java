package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.coordinator.migration.Observation.VolumeObservation;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What a migration still waits for, in words a person can act on; nothing when it may go on. Guard
 * and explanation are one, so that they cannot disagree.
 */
final class Obstacles {
    private final MigrationLimits limits;

    Obstacles(MigrationLimits limits) {
        this.limits = limits;
    }

    /** What keeps {@code machine} from its next regular step. */
    Optional<String> of(MigrationMachine machine, Observation seen) {
        MigrationPlan plan = machine.plan();
        return switch (machine) {
            case CatchingUp _ ->
                    seen.targetFault()
                            .or(seen::sourceFault)
                            .or(() -> first(plan, seen, this::catchingUp));
            case Sealing _ -> first(plan, seen, (at, volume) -> sealing(at, volume));
            case Draining draining ->
                    first(plan, seen, (at, volume) -> draining(at, volume, draining));
            case Opening _ -> first(plan, seen, (at, volume) -> opening(at, volume));
            case Started _, Finished _, RolledBack _, Failed _ -> Optional.empty();
        };
    }

    /** A volume's place in the plan. */
    private record At(MigrationPlan plan, String vvol) {
        int sourceEpoch() {
            return plan.sourceEpoch(vvol);
        }
    }

    private @Nullable String catchingUp(At at, VolumeObservation volume) {
        String source = at.plan().fromSite();
        String target = at.plan().toSite();
        if (!isOpen(volume.source(), at.sourceEpoch(), source)) {
            return "volume %s is not open in epoch %d or later at site %s"
                    .formatted(at.vvol(), at.sourceEpoch(), source);
        }
        if (volume.spec() != null
                && SeedService.isImporting(volume.spec(), Optional.ofNullable(volume.source()))) {
            // Another coordinator may have been asked for it as this one started to move the VM.
            return "volume %s is being imported at site %s, which alone has the disk"
                    .formatted(at.vvol(), source);
        }
        if (volume.target() != null && volume.target().getHealth() == Health.SEEDING) {
            return "volume %s is still being seeded at site %s".formatted(at.vvol(), target);
        }
        Lag lag = volume.targetLag();
        if (volume.target() == null || lag == null) {
            return "volume %s has no report from site %s".formatted(at.vvol(), target);
        }
        if (isTooMuch(lag)) {
            return "volume %s lags by %d bytes and %.1f s at site %s"
                    .formatted(at.vvol(), lag.bytes(), lag.seconds(), target);
        }
        // The seal comes behind all of it, and the writes are held until then.
        Lag unpublished = volume.unpublished();
        return unpublished != null && isTooMuch(unpublished)
                ? "volume %s has %d bytes of up to %.1f s ago at site %s that are not in the log yet"
                        .formatted(at.vvol(), unpublished.bytes(), unpublished.seconds(), source)
                : null;
    }

    private boolean isTooMuch(Lag lag) {
        return lag.bytes() >= limits.sealAtLagBytes()
                || lag.micros() >= limits.sealAtLagTime().toNanos() / 1_000;
    }

    private static @Nullable String sealing(At at, VolumeObservation volume) {
        return isSealed(volume.source(), at.sourceEpoch())
                ? null
                : "volume %s is not sealed at site %s".formatted(at.vvol(), at.plan().fromSite());
    }

    private static @Nullable String draining(At at, VolumeObservation volume, Draining state) {
        StepPosition seal = state.seals().get(at.vvol());
        Progress target = volume.target();
        if (seal == null || target == null) {
            return "volume %s has no report from site %s".formatted(at.vvol(), at.plan().toSite());
        }
        if (!isOrderedToSeal(volume.spec(), at)) {
            // Only then nobody else gives the source another epoch.
            return "volume %s is not sealed in farshore.volumes yet".formatted(at.vvol());
        }
        return isSealed(target, at.sourceEpoch()) && target.getHardenedSeq() == seal.seq()
                ? null
                : "volume %s has hardened seq %d at site %s, the seal is %d"
                        .formatted(
                                at.vvol(), target.getHardenedSeq(), at.plan().toSite(), seal.seq());
    }

    /**
     * The target's epoch may have been sealed before it was seen open, and a later one be open by
     * now: the volume was handed over all the same.
     */
    private static @Nullable String opening(At at, VolumeObservation volume) {
        int epoch = at.plan().nextEpoch(at.vvol());
        String site = at.plan().toSite();
        if (isIn(volume.target(), epoch, site)) {
            return null;
        }
        String elsewhere =
                volume.isTakenBy(at.plan().fromSite(), epoch)
                        ? "; site %s has opened a new epoch itself".formatted(at.plan().fromSite())
                        : "";
        return "volume %s is not open in epoch %d at site %s%s (if it can't be opened there: `farshore migrate %s --cancel --force` takes the VM back)"
                .formatted(at.vvol(), epoch, site, elsewhere, at.plan().vm());
    }

    private static boolean isOrderedToSeal(@Nullable VolumeSpec spec, At at) {
        return spec != null
                && spec.getPhase() == Phase.SEALED
                && spec.getEpoch() == at.sourceEpoch()
                && spec.getOwner().equals(at.plan().fromSite());
    }

    private static boolean isOpen(@Nullable Progress image, int epoch, String owner) {
        return isIn(image, epoch, owner) && image != null && image.getOpen();
    }

    /** In that epoch or a later one, which its owner may open by itself. */
    private static boolean isIn(@Nullable Progress image, int epoch, String owner) {
        return image != null
                && image.getEpoch() >= epoch
                && Observation.siteOf(image).equals(owner);
    }

    /** After the seal an image that is not open in the same epoch has applied exactly the seal. */
    private static boolean isSealed(@Nullable Progress image, int epoch) {
        return image != null && !image.getOpen() && image.getEpoch() == epoch;
    }

    private static Optional<String> first(
            MigrationPlan plan,
            Observation seen,
            BiFunction<At, VolumeObservation, @Nullable String> obstacle) {
        for (String vvol : plan.vvols()) {
            String found = obstacle.apply(new At(plan, vvol), seen.of(vvol));
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }
}
