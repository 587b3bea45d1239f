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
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.EpochOwner;

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
            case CatchingUp _ -> first(plan, seen, this::catchingUp);
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
        if (!isOpen(volume.source(), at.sourceEpoch(), at.plan().fromSite())) {
            return "volume %s is not open in epoch %d at site %s"
                    .formatted(at.vvol(), at.sourceEpoch(), at.plan().fromSite());
        }
        if (volume.target() != null && volume.target().getHealth() == Health.SEEDING) {
            return "volume %s is still being seeded at site %s"
                    .formatted(at.vvol(), at.plan().toSite());
        }
        Lag lag = volume.targetLag();
        if (volume.target() == null || lag == null) {
            return "volume %s has no report from site %s".formatted(at.vvol(), at.plan().toSite());
        }
        long limitMicros = limits.sealAtLagTime().toNanos() / 1_000;
        return lag.bytes() >= limits.sealAtLagBytes() || lag.micros() >= limitMicros
                ? "volume %s lags by %d bytes and %.1f s at site %s"
                        .formatted(at.vvol(), lag.bytes(), lag.seconds(), at.plan().toSite())
                : null;
    }

    private static @Nullable String sealing(At at, VolumeObservation volume) {
        return isSealed(volume.source(), at.sourceEpoch())
                ? null
                : "volume %s is not sealed at site %s".formatted(at.vvol(), at.plan().fromSite());
    }

    private static @Nullable String draining(At at, VolumeObservation volume, Draining state) {
        Position seal = state.seals().get(at.vvol());
        Progress target = volume.target();
        if (seal == null || target == null) {
            return "volume %s has no report from site %s".formatted(at.vvol(), at.plan().toSite());
        }
        return isSealed(target, at.sourceEpoch()) && target.getHardenedSeq() == seal.seq()
                ? null
                : "volume %s has hardened seq %d at site %s, the seal is %d"
                        .formatted(
                                at.vvol(), target.getHardenedSeq(), at.plan().toSite(), seal.seq());
    }

    private static @Nullable String opening(At at, VolumeObservation volume) {
        int epoch = at.plan().nextEpoch(at.vvol());
        return isOpen(volume.target(), epoch, at.plan().toSite())
                ? null
                : "volume %s is not open in epoch %d at site %s"
                        .formatted(at.vvol(), epoch, at.plan().toSite());
    }

    private static boolean isOpen(@Nullable Progress image, int epoch, String owner) {
        return image != null
                && image.getOpen()
                && image.getEpoch() == epoch
                && EpochOwner.parse(image.getEpochOwner()).site().equals(owner);
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
