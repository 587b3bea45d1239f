package dev.farshore.coordinator.migration;

import static dev.farshore.schemas.event.MigrationStep.CATCHING_UP;
import static dev.farshore.schemas.event.MigrationStep.DRAINING;
import static dev.farshore.schemas.event.MigrationStep.FAILED;
import static dev.farshore.schemas.event.MigrationStep.FINISHED;
import static dev.farshore.schemas.event.MigrationStep.OPENING;
import static dev.farshore.schemas.event.MigrationStep.ROLLED_BACK;
import static dev.farshore.schemas.event.MigrationStep.SEALING;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.SortedMap;

/**
 * A migration in one of its states. The methods of a state are its only legal exits:
 *
 * <pre>
 * Started ──▶ CatchingUp ──▶ Sealing ──▶ Draining ──▶ Opening ──▶ Finished
 *    │            │             │            │
 *    └──▶ Failed ◀┘             └▶ RolledBack ◀┘
 * </pre>
 *
 * <p>{@code Failed}: given up before anything was changed. {@code RolledBack}: the source goes on
 * in a new epoch. From {@code Opening} there is only the way forward: the target may have opened
 * already.
 *
 * <p>Invariant {@code CutoverLosesNoWrite}: the target is told to open ({@link Opening}) only after
 * the seal of every volume is hardened there. {@link Draining#toOpening} is the only way into
 * {@code Opening} and refuses anything else.
 *
 * <p>States are values: time and positions come in, nothing is read or written here.
 */
public sealed interface MigrationMachine {
    MigrationPlan plan();

    /** The steps so far; the last one is this state. */
    Timeline timeline();

    /** No further step will follow. */
    default boolean isOver() {
        return switch (this) {
            case Started _, CatchingUp _, Sealing _, Draining _, Opening _ -> false;
            case Finished _, RolledBack _, Failed _ -> true;
        };
    }

    /**
     * @param positions where the source stands, in the epochs of the plan
     */
    static Started start(MigrationPlan plan, long atMicros, SortedMap<String, Position> positions) {
        plan.vvols().forEach(vvol -> requireSourceEpoch(plan, vvol, positions.get(vvol)));
        return new Started(plan, Timeline.startingWith(atMicros, positions));
    }

    /** Recorded; nothing was looked at yet. */
    record Started(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        CatchingUp toCatchingUp(long atMicros, SortedMap<String, Position> positions) {
            return new CatchingUp(plan, timeline.then(CATCHING_UP, atMicros, positions, ""));
        }

        Failed toFailed(long atMicros, SortedMap<String, Position> positions, String reason) {
            return new Failed(plan, timeline.then(FAILED, atMicros, positions, reason));
        }
    }

    /** The VM runs at the source; the target's lag is not small enough yet. */
    record CatchingUp(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        Sealing toSealing(long atMicros, SortedMap<String, Position> positions) {
            return new Sealing(plan, timeline.then(SEALING, atMicros, positions, ""));
        }

        Failed toFailed(long atMicros, SortedMap<String, Position> positions, String reason) {
            return new Failed(plan, timeline.then(FAILED, atMicros, positions, reason));
        }
    }

    /** The source is to hold the VM's writes and to end its epoch on every volume. */
    record Sealing(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        Draining toDraining(long atMicros, SortedMap<String, Position> seals) {
            plan.vvols().forEach(vvol -> requireSourceEpoch(plan, vvol, seals.get(vvol)));
            return new Draining(plan, timeline.then(DRAINING, atMicros, seals, ""));
        }

        RolledBack toRolledBack(
                long atMicros, SortedMap<String, Position> positions, String reason) {
            return new RolledBack(plan, timeline.then(ROLLED_BACK, atMicros, positions, reason));
        }
    }

    /** Every volume is sealed; the target hardens what it misses. */
    record Draining(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        /** The last event of the source's epoch, by volume. */
        public Map<String, Position> seals() {
            return timeline.positionsAt(DRAINING);
        }

        /**
         * @param hardened what the target has on stable storage
         * @throws IllegalStateException if that is not the seal of every volume
         */
        Opening toOpening(long atMicros, SortedMap<String, Position> hardened) {
            seals().forEach((vvol, seal) -> requireHardened(vvol, seal, hardened.get(vvol)));
            return new Opening(plan, timeline.then(OPENING, atMicros, hardened, ""));
        }

        RolledBack toRolledBack(
                long atMicros, SortedMap<String, Position> positions, String reason) {
            return new RolledBack(plan, timeline.then(ROLLED_BACK, atMicros, positions, reason));
        }

        private void requireHardened(String vvol, Position seal, @Nullable Position hardened) {
            long hardenedSeq = requireSourceEpoch(plan, vvol, hardened).seq();
            if (hardenedSeq != seal.seq()) {
                throw new IllegalStateException(
                        "CutoverLosesNoWrite: volume %s is sealed at seq %d, site %s has hardened %d"
                                .formatted(vvol, seal.seq(), plan.toSite(), hardenedSeq));
            }
        }
    }

    /** The target is to open the next epoch of every volume. */
    record Opening(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        Finished toFinished(long atMicros, SortedMap<String, Position> positions) {
            return new Finished(plan, timeline.then(FINISHED, atMicros, positions, ""));
        }
    }

    /** The VM's volumes are open at the target. */
    record Finished(MigrationPlan plan, Timeline timeline) implements MigrationMachine {}

    /** Given up after sealing had begun: the source opens the next epoch itself. */
    record RolledBack(MigrationPlan plan, Timeline timeline) implements MigrationMachine {}

    /** Given up before anything was changed. */
    record Failed(MigrationPlan plan, Timeline timeline) implements MigrationMachine {}

    private static Position requireSourceEpoch(
            MigrationPlan plan, String vvol, @Nullable Position position) {
        if (position == null || position.epoch() != plan.sourceEpoch(vvol)) {
            throw new IllegalStateException(
                    "CutoverLosesNoWrite: volume %s is to be handed over in epoch %d, found %s"
                            .formatted(vvol, plan.sourceEpoch(vvol), position));
        }
        return position;
    }
}
