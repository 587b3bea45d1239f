package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.coordinator.migration.Observation.VolumeObservation;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;

/**
 * Chooses a migration's next step from what is observed. Pure: the same state and observation give
 * the same answer, on whichever coordinator. What it proposes counts once it is in the log.
 */
public final class MigrationRules {
    private final MigrationLimits limits;
    private final Obstacles obstacles;

    public MigrationRules(MigrationLimits limits) {
        this.limits = limits;
        obstacles = new Obstacles(limits);
    }

    /** The next state; empty while there is something to wait for, and for good once it is over. */
    public Optional<MigrationMachine> next(MigrationMachine machine, Observation seen) {
        Optional<String> obstacle = waitingFor(machine, seen);
        return Optional.ofNullable(
                switch (machine) {
                    case Started state ->
                            state.toCatchingUp(seen.nowMicros(), seen.targetHardened());
                    case CatchingUp state -> fromCatchingUp(state, seen, obstacle);
                    case Sealing state -> fromSealing(state, seen, obstacle);
                    case Draining state -> fromDraining(state, seen, obstacle);
                    case Opening state -> fromOpening(state, seen, obstacle);
                    case Finished _, RolledBack _, Failed _ -> null;
                });
    }

    /** What keeps the migration in its state, in words; empty if nothing does. */
    public Optional<String> waitingFor(MigrationMachine machine, Observation seen) {
        return obstacles.of(machine, seen);
    }

    private @Nullable MigrationMachine fromCatchingUp(
            CatchingUp state, Observation seen, Optional<String> obstacle) {
        if (obstacle.isEmpty()) {
            return state.toSealing(seen.nowMicros(), seen.sourceApplied());
        }
        return givenUp(seen, limits.catchUpTimeout(), obstacle.get())
                .map(why -> state.toFailed(seen.nowMicros(), seen.targetHardened(), why))
                .orElse(null);
    }

    private @Nullable MigrationMachine fromSealing(
            Sealing state, Observation seen, Optional<String> obstacle) {
        if (obstacle.isEmpty()) {
            return state.toDraining(seen.nowMicros(), seen.sourceApplied());
        }
        return sourceWentOn(state, seen)
                .or(() -> givenUp(seen, limits.sealTimeout(), obstacle.get()))
                .map(why -> state.toRolledBack(seen.nowMicros(), seen.targetHardened(), why))
                .orElse(null);
    }

    private @Nullable MigrationMachine fromDraining(
            Draining state, Observation seen, Optional<String> obstacle) {
        Optional<String> goneOn = sourceWentOn(state, seen);
        if (obstacle.isEmpty() && goneOn.isEmpty()) {
            return state.toOpening(seen.nowMicros(), seen.targetHardened());
        }
        return goneOn.or(() -> givenUp(seen, limits.drainTimeout(), obstacle.orElse("")))
                .map(why -> state.toRolledBack(seen.nowMicros(), seen.targetHardened(), why))
                .orElse(null);
    }

    /**
     * Forward, for as long as it takes: the target may have opened already, seen or not. Back only
     * where the log shows that it is too late for the target, with every volume: the source has
     * opened the epochs that were to be the target's. Where it has done so with some, an operator
     * decides.
     */
    private static @Nullable MigrationMachine fromOpening(
            Opening state, Observation seen, Optional<String> obstacle) {
        if (obstacle.isEmpty()) {
            return state.toFinished(seen.nowMicros(), seen.targetApplied());
        }
        MigrationPlan plan = state.plan();
        boolean isAllAtSource =
                plan.vvols().stream()
                        .allMatch(
                                vvol ->
                                        seen.of(vvol)
                                                .isTakenBy(plan.fromSite(), plan.nextEpoch(vvol)));
        return isAllAtSource
                ? state.toTakenBack(
                        seen.nowMicros(),
                        seen.sourceApplied(),
                        "site %s has gone on by itself".formatted(plan.fromSite()))
                : null;
    }

    /**
     * Why there is nothing to hand over any more in the epochs that were to be sealed: a source
     * that was left alone for too long, or that was started again, goes on in a new one.
     */
    private static Optional<String> sourceWentOn(MigrationMachine state, Observation seen) {
        MigrationPlan plan = state.plan();
        return plan.vvols().stream()
                .filter(vvol -> hasGoneOn(plan, vvol, seen.of(vvol)))
                .findFirst()
                .map(
                        vvol ->
                                "site %s has gone on with volume %s in a new epoch by itself"
                                        .formatted(plan.fromSite(), vvol));
    }

    private static boolean hasGoneOn(MigrationPlan plan, String vvol, VolumeObservation volume) {
        VolumeSpec spec = volume.spec();
        return volume.isTakenBy(plan.fromSite(), plan.nextEpoch(vvol))
                || (spec != null
                        && spec.getEpoch() >= plan.nextEpoch(vvol)
                        && spec.getOwner().equals(plan.fromSite()));
    }

    /**
     * Why the migration cannot be completed, if so. Reaching the goal late is still reaching it.
     */
    private static Optional<String> givenUp(Observation seen, Duration timeout, String obstacle) {
        Optional<String> fault = seen.targetFault();
        if (fault.isPresent()) {
            return fault;
        }
        return seen.waited().compareTo(timeout) < 0
                ? Optional.empty()
                : Optional.of("after %s: %s".formatted(inSeconds(timeout), obstacle));
    }

    private static String inSeconds(Duration duration) {
        return "%.1f s".formatted(duration.toMillis() / 1e3);
    }
}
