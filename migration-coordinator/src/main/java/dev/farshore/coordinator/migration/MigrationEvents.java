package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.VolumePosition;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Between a machine's steps and the events of {@code farshore.migrations}, in both directions. */
final class MigrationEvents {

    /** The event that records the machine's last step. */
    static MigrationEvent lastStepOf(MigrationMachine machine) {
        MigrationPlan plan = machine.plan();
        Timeline.Entry last = machine.timeline().last();
        return event(plan)
                .setStep(last.step())
                .setReason(last.reason())
                .setAtMicros(last.atMicros())
                .setVolumes(
                        last.positions().entrySet().stream()
                                .map(entry -> volumePosition(entry.getKey(), entry.getValue()))
                                .toList())
                .build();
    }

    /** The first state of the migration that a {@code STARTED} event begins. */
    static Started start(MigrationEvent event) {
        SortedMap<String, Integer> epochs = new TreeMap<>();
        event.getVolumes().forEach(at -> epochs.put(at.getVvol(), at.getEpoch()));
        MigrationMode mode =
                MigrationMode.ofWord(event.getMode())
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "mode %s is not known here"
                                                        .formatted(event.getMode())));
        return MigrationMachine.start(
                new MigrationPlan(
                        event.getMigration(),
                        event.getVm(),
                        event.getFromSite(),
                        event.getToSite(),
                        mode,
                        epochs),
                event.getAtMicros(),
                positions(event));
    }

    /** The state after {@code event}; empty if that is no legal exit of {@code current}. */
    static Optional<MigrationMachine> replay(MigrationMachine current, MigrationEvent event) {
        long at = event.getAtMicros();
        SortedMap<String, StepPosition> positions = positions(event);
        String reason = event.getReason();
        MigrationMachine next =
                switch (event.getStep()) {
                    case CATCHING_UP ->
                            current instanceof Started from
                                    ? from.toCatchingUp(at, positions)
                                    : null;
                    case SEALING ->
                            current instanceof CatchingUp from
                                    ? from.toSealing(at, positions)
                                    : null;
                    case DRAINING ->
                            current instanceof Sealing from ? from.toDraining(at, positions) : null;
                    case OPENING ->
                            current instanceof Draining from ? from.toOpening(at, positions) : null;
                    case FINISHED ->
                            current instanceof Opening from ? from.toFinished(at, positions) : null;
                    case ROLLED_BACK ->
                            switch (current) {
                                case Sealing from -> from.toRolledBack(at, positions, reason);
                                case Draining from -> from.toRolledBack(at, positions, reason);
                                case Started _,
                                        CatchingUp _,
                                        Opening _,
                                        Finished _,
                                        RolledBack _,
                                        Failed _ ->
                                        null;
                            };
                    case FAILED ->
                            switch (current) {
                                case Started from -> from.toFailed(at, positions, reason);
                                case CatchingUp from -> from.toFailed(at, positions, reason);
                                case Sealing _,
                                        Draining _,
                                        Opening _,
                                        Finished _,
                                        RolledBack _,
                                        Failed _ ->
                                        null;
                            };
                    case TAKEN_BACK ->
                            current instanceof Opening from
                                    ? from.toTakenBack(at, positions, reason)
                                    : null;
                    case RESUMED -> resumed(current, event.getWaitedMicros());
                    case STARTED, UNKNOWN -> null;
                };
        return Optional.ofNullable(next);
    }

    /** The event that says for how long the guest of a migration that is over had to wait. */
    static MigrationEvent resumption(MigrationMachine over, long atMicros, Duration waited) {
        return event(over.plan())
                .setStep(MigrationStep.RESUMED)
                .setAtMicros(atMicros)
                .setWaitedMicros(TimeUnit.MICROSECONDS.convert(waited))
                .setVolumes(List.of())
                .build();
    }

    private static @Nullable MigrationMachine resumed(MigrationMachine current, long waitedMicros) {
        if (waitedMicros < 0 || current.timeline().waited().isPresent()) {
            return null;
        }
        Duration waited = Duration.of(waitedMicros, ChronoUnit.MICROS);
        return switch (current) {
            case Finished over -> over.resumed(waited);
            case RolledBack over -> over.resumed(waited);
            case Started _, CatchingUp _, Sealing _, Draining _, Opening _, Failed _ -> null;
        };
    }

    private static MigrationEvent.Builder event(MigrationPlan plan) {
        return MigrationEvent.newBuilder()
                .setMigration(plan.migration())
                .setVm(plan.vm())
                .setFromSite(plan.fromSite())
                .setToSite(plan.toSite())
                .setMode(plan.mode().word());
    }

    private static VolumePosition volumePosition(String vvol, StepPosition at) {
        return new VolumePosition(vvol, at.epoch(), at.seq(), at.vmSeq(), at.writesOffset());
    }

    private static SortedMap<String, StepPosition> positions(MigrationEvent event) {
        Map<String, StepPosition> positions = new TreeMap<>();
        for (VolumePosition at : event.getVolumes()) {
            positions.put(
                    at.getVvol(),
                    new StepPosition(
                            at.getEpoch(), at.getSeq(), at.getVmSeq(), at.getWritesOffset()));
        }
        return new TreeMap<>(positions);
    }

    private MigrationEvents() {}
}
