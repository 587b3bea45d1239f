package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The volume specs that a migration's state asks for and that are not so yet. {@link #missing} is a
 * function of the state alone, so a coordinator that stopped between recording a step and acting on
 * it acts when it is back, and acting twice changes nothing. It never lowers an epoch, and seals
 * none that is newer than the migration's. A late write of a coordinator that had been replaced is
 * put right too.
 */
final class WantedSpecs {

    /**
     * @param specs what is in {@code farshore.volumes} now
     */
    static List<VolumeSpec> missing(
            MigrationMachine machine, Function<String, @Nullable VolumeSpec> specs) {
        MigrationPlan plan = machine.plan();
        return switch (machine) {
            case Started _, CatchingUp _, Failed _ -> List.of();
            case Sealing _, Draining _ ->
                    current(plan, specs)
                            .filter(isOpenIn(plan))
                            .map(spec -> SpecChanges.sealed(spec, plan.sourceEpoch(spec.getVvol())))
                            .toList();
            case Opening _, Finished _ -> opened(machine, specs, plan.toSite());
            case RolledBack _ -> opened(machine, specs, plan.fromSite());
        };
    }

    private static Stream<VolumeSpec> current(
            MigrationPlan plan, Function<String, @Nullable VolumeSpec> specs) {
        return plan.vvols().stream().map(specs).filter(Objects::nonNull);
    }

    /** The source may have raised its epoch by itself: the spec follows with the order to seal. */
    private static Predicate<VolumeSpec> isOpenIn(MigrationPlan plan) {
        return spec ->
                spec.getEpoch() <= plan.sourceEpoch(spec.getVvol())
                        && spec.getOwner().equals(plan.fromSite())
                        && spec.getPhase() == Phase.OPEN;
    }

    private static List<VolumeSpec> opened(
            MigrationMachine machine, Function<String, @Nullable VolumeSpec> specs, String owner) {
        return current(machine.plan(), specs)
                .filter(spec -> spec.getEpoch() < machine.raisedEpoch(spec.getVvol()))
                .map(spec -> SpecChanges.opened(spec, owner, machine.raisedEpoch(spec.getVvol())))
                .toList();
    }

    /**
     * The specs of a VM that was taken back, and of which the target has opened a later epoch by
     * itself than the source was given: the source gets one above it. Else nobody has the volume:
     * the target is not the owner any more, and the source's epoch would never count.
     *
     * <p>The take-back has decided already that the target's epochs end. So nothing is decided here
     * that an operator has not; and it ends, as the target opens nothing once it has read the spec.
     *
     * @param specs what is in {@code farshore.volumes} now
     * @param sourceImages what the source has last reported
     */
    static List<VolumeSpec> overtaken(
            MigrationMachine machine,
            Function<String, @Nullable VolumeSpec> specs,
            Function<String, @Nullable Progress> sourceImages) {
        MigrationPlan plan = machine.plan();
        if (machine.timeline().at(MigrationStep.TAKEN_BACK).isEmpty()) {
            return List.of();
        }
        return current(plan, specs)
                .filter(
                        spec ->
                                spec.getPhase() == Phase.OPEN
                                        && spec.getVm().equals(plan.vm())
                                        && spec.getOwner().equals(plan.fromSite()))
                .flatMap(
                        spec ->
                                Stream.ofNullable(sourceImages.apply(spec.getVvol()))
                                        .filter(image -> image.getEpoch() >= spec.getEpoch())
                                        .filter(
                                                image ->
                                                        Observation.siteOf(image)
                                                                .equals(plan.toSite()))
                                        .map(
                                                image ->
                                                        SpecChanges.opened(
                                                                spec,
                                                                plan.fromSite(),
                                                                image.getEpoch() + 1)))
                .toList();
    }

    private WantedSpecs() {}
}
