package dev.farshore.coordinator.migration;

import static dev.farshore.schemas.event.MigrationStep.CATCHING_UP;
import static dev.farshore.schemas.event.MigrationStep.DRAINING;
import static dev.farshore.schemas.event.MigrationStep.FAILED;
import static dev.farshore.schemas.event.MigrationStep.FINISHED;
import static dev.farshore.schemas.event.MigrationStep.OPENING;
import static dev.farshore.schemas.event.MigrationStep.ROLLED_BACK;
import static dev.farshore.schemas.event.MigrationStep.SEALING;
import static dev.farshore.schemas.event.MigrationStep.TAKEN_BACK;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;

/**
 * A migration in one of its states. The methods of a state are its only legal exits:
 *
 * <pre>
 * Started ──▶ CatchingUp ──▶ Sealing ──▶ Draining ──▶ Opening ──▶ Finished
 *    │            │             │            │           ┊
 *    └──▶ Failed ◀┘             └▶ RolledBack ◀┴┈┈┈┈┈┈┈┈┈┈┘
 * </pre>
 *
 * <p>{@code Failed}: given up before anything was changed. {@code RolledBack}: the source goes on
 * in a new epoch. From {@code Opening} it goes on by itself only forward, as the target may have
 * opened already; back only when the log shows that the source has opened an epoch instead, or when
 * an operator says so, who then answers for what the target may have acknowledged.
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

    /** From the order to seal to the end: the migration alone says what the specs are to be. */
    default boolean isHandingOver() {
        return switch (this) {
            case Sealing _, Draining _, Opening _ -> true;
            case Started _, CatchingUp _, Finished _, RolledBack _, Failed _ -> false;
        };
    }

    /** The epoch that the migration has given a volume, or will. */
    default int raisedEpoch(String vvol) {
        // The target may have opened the next one: the source's is above that.
        boolean isTakenBack = timeline().at(TAKEN_BACK).isPresent();
        return plan().nextEpoch(vvol) + (isTakenBack ? 1 : 0);
    }

    /**
     * @param positions where the source stands, in the epochs of the plan
     */
    static Started start(
            MigrationPlan plan, long atMicros, SortedMap<String, StepPosition> positions) {
        plan.vvols().forEach(vvol -> requireSourceEpoch(plan, vvol, positions.get(vvol)));
        return new Started(plan, Timeline.startingWith(atMicros, positions));
    }

    /** Recorded; nothing was looked at yet. */
    record Started(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        CatchingUp toCatchingUp(long atMicros, SortedMap<String, StepPosition> positions) {
            return new CatchingUp(plan, timeline.then(CATCHING_UP, atMicros, positions, ""));
        }

        Failed toFailed(long atMicros, SortedMap<String, StepPosition> positions, String reason) {
            return new Failed(plan, timeline.then(FAILED, atMicros, positions, reason));
        }
    }

    /** The VM runs at the source; the target's lag is not small enough yet. */
    record CatchingUp(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        /**
         * @param positions where the source stands, and so in which epochs: those are sealed
         */
        Sealing toSealing(long atMicros, SortedMap<String, StepPosition> positions) {
            return new Sealing(
                    plan.withEpochsOf(positions), timeline.then(SEALING, atMicros, positions, ""));
        }

        Failed toFailed(long atMicros, SortedMap<String, StepPosition> positions, String reason) {
            return new Failed(plan, timeline.then(FAILED, atMicros, positions, reason));
        }
    }

    /** The source is to hold the VM's writes and to end its epoch on every volume. */
    record Sealing(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        Draining toDraining(long atMicros, SortedMap<String, StepPosition> seals) {
            plan.vvols().forEach(vvol -> requireSourceEpoch(plan, vvol, seals.get(vvol)));
            return new Draining(plan, timeline.then(DRAINING, atMicros, seals, ""));
        }

        RolledBack toRolledBack(
                long atMicros, SortedMap<String, StepPosition> positions, String reason) {
            return new RolledBack(plan, timeline.then(ROLLED_BACK, atMicros, positions, reason));
        }
    }

    /** Every volume is sealed; the target hardens what it misses. */
    record Draining(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        /** The last event of the source's epoch, by volume. */
        public Map<String, StepPosition> seals() {
            return timeline.positionsAt(DRAINING);
        }

        /**
         * @param hardened what the target has on stable storage
         * @throws IllegalStateException if that is not the seal of every volume
         */
        Opening toOpening(long atMicros, SortedMap<String, StepPosition> hardened) {
            seals().forEach((vvol, seal) -> requireHardened(vvol, seal, hardened.get(vvol)));
            return new Opening(plan, timeline.then(OPENING, atMicros, hardened, ""));
        }

        RolledBack toRolledBack(
                long atMicros, SortedMap<String, StepPosition> positions, String reason) {
            return new RolledBack(plan, timeline.then(ROLLED_BACK, atMicros, positions, reason));
        }

        private void requireHardened(
                String vvol, StepPosition seal, @Nullable StepPosition hardened) {
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
        Finished toFinished(long atMicros, SortedMap<String, StepPosition> positions) {
            return new Finished(plan, timeline.then(FINISHED, atMicros, positions, ""));
        }

        /**
         * A step of its own: a coordinator that has not seen this state may be rolling back what it
         * takes for an earlier one.
         */
        RolledBack toTakenBack(
                long atMicros, SortedMap<String, StepPosition> positions, String reason) {
            return new RolledBack(plan, timeline.then(TAKEN_BACK, atMicros, positions, reason));
        }
    }

    /** The VM's volumes are open at the target. */
    record Finished(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        Finished resumed(Duration waited) {
            return new Finished(plan, timeline.resumed(waited));
        }
    }

    /**
     * Given up after sealing had begun: the source opens the next epoch itself, or the one after,
     * or one above what the target had opened by itself ({@link WantedSpecs#overtaken}).
     */
    record RolledBack(MigrationPlan plan, Timeline timeline) implements MigrationMachine {
        RolledBack resumed(Duration waited) {
            return new RolledBack(plan, timeline.resumed(waited));
        }
    }

    /** Given up before anything was changed. */
    record Failed(MigrationPlan plan, Timeline timeline) implements MigrationMachine {}

    private static StepPosition requireSourceEpoch(
            MigrationPlan plan, String vvol, @Nullable StepPosition position) {
        if (position == null || position.epoch() != plan.sourceEpoch(vvol)) {
            throw new IllegalStateException(
                    "CutoverLosesNoWrite: volume %s is to be handed over in epoch %d, found %s"
                            .formatted(vvol, plan.sourceEpoch(vvol), position));
        }
        return position;
    }
}
