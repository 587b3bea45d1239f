package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.api.request.Cancellation;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.Vm;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** Starts migrations, gives them up, and finds them. Thread-safe; starts take turns. */
public final class MigrationService {
    private static final String CANCELLED = "cancelled by an operator";

    private final MigrationHistory history;
    private final MigrationLog migrationLog;
    private final VmService vms;
    private final Sites sites;
    private final ImageReports images;
    private final LongSupplier nowMicros;
    private final Runnable onChanged;

    /**
     * @param onChanged called once something is recorded
     */
    public MigrationService(
            MigrationHistory history,
            MigrationLog migrationLog,
            VmService vms,
            Sites sites,
            ImageReports images,
            LongSupplier nowMicros,
            Runnable onChanged) {
        this.history = history;
        this.migrationLog = migrationLog;
        this.vms = vms;
        this.sites = sites;
        this.images = images;
        this.nowMicros = nowMicros;
        this.onChanged = onChanged;
    }

    /**
     * Starts a migration and returns once it is recorded.
     *
     * @throws RefusedException if the VM or the site is not known, the VM is moving or is there
     */
    public MigrationMachine start(String vmName, NewMigration asked) {
        // No volume may join the VM between looking at it and recording what is to be moved.
        synchronized (vms) {
            return startOf(vmName, asked);
        }
    }

    private MigrationMachine startOf(String vmName, NewMigration asked) {
        Vm vm = vms.require(vmName);
        String toSite = sites.requireKnown("to", asked.to());
        MigrationMode mode = requireMode(asked.mode());
        requireAtRest(vm);
        if (toSite.equals(vm.owner())) {
            throw RefusedException.conflict(
                    "VM '%s' is at site '%s' already".formatted(vmName, toSite));
        }
        MigrationMachine started =
                MigrationMachine.start(
                        plan(vm, toSite, mode), nowMicros.getAsLong(), positions(vm));
        migrationLog.append(List.of(MigrationEvents.lastStepOf(started)));
        // Another coordinator may have been first: what counts is what the log says.
        MigrationMachine recorded =
                history.find(started.plan().migration())
                        .filter(machine -> isSame(machine, started))
                        .orElseThrow(
                                () ->
                                        RefusedException.conflict(
                                                "VM '%s' was moved by another coordinator meanwhile"
                                                        .formatted(vmName)));
        onChanged.run();
        return recorded;
    }

    /**
     * Gives a migration up and returns once that is recorded: the VM stays at its source, or goes
     * on there in a new epoch.
     *
     * @throws RefusedException if there is no such migration, it is over, or the target may have
     *     opened already and {@code force} is not said
     */
    public MigrationMachine cancel(String migration, Cancellation asked) {
        boolean isForced = Boolean.TRUE.equals(asked.force());
        while (true) {
            MigrationMachine before = require(migration);
            migrationLog.append(List.of(MigrationEvents.lastStepOf(cancelled(before, isForced))));
            MigrationMachine recorded = require(migration);
            if (recorded.timeline().last().reason().equals(CANCELLED)) {
                onChanged.run();
                return recorded;
            }
            // It took another step first. There are few of them, and each is looked at.
        }
    }

    private MigrationMachine cancelled(MigrationMachine machine, boolean isForced) {
        long now = nowMicros.getAsLong();
        SortedMap<String, StepPosition> positions = machine.timeline().last().positions();
        return switch (machine) {
            case Started state -> state.toFailed(now, positions, CANCELLED);
            case CatchingUp state -> state.toFailed(now, positions, CANCELLED);
            case Sealing state -> state.toRolledBack(now, positions, CANCELLED);
            case Draining state -> state.toRolledBack(now, positions, CANCELLED);
            case Opening state when isForced -> state.toTakenBack(now, positions, CANCELLED);
            case Opening state ->
                    throw RefusedException.conflict(
                            ("site '%s' was told to open VM '%s' and may have done so: taking it back"
                                            + " loses what was acknowledged there and is not in the log;"
                                            + " force is needed")
                                    .formatted(state.plan().toSite(), state.plan().vm()));
            case Finished _, RolledBack _, Failed _ ->
                    throw RefusedException.conflict(
                            "migration '%s' is over: %s"
                                    .formatted(
                                            machine.plan().migration(),
                                            machine.timeline().last().step()));
        };
    }

    /** In the order in which they were started. */
    public List<MigrationMachine> all() {
        return history.all();
    }

    public MigrationMachine require(String migration) {
        return history.find(migration)
                .orElseThrow(
                        () ->
                                RefusedException.notFound(
                                        "there is no migration '%s'".formatted(migration)));
    }

    /** It may have taken further steps, and the plan's epochs with them. */
    private static boolean isSame(MigrationMachine recorded, MigrationMachine started) {
        return recorded.plan().toSite().equals(started.plan().toSite())
                && recorded.timeline().first().equals(started.timeline().first());
    }

    private void requireAtRest(Vm vm) {
        history.moving(vm.name())
                .ifPresent(
                        machine -> {
                            throw RefusedException.conflict(
                                    "VM '%s' is moving from '%s' to '%s' already: migration '%s'"
                                            .formatted(
                                                    vm.name(),
                                                    machine.plan().fromSite(),
                                                    machine.plan().toSite(),
                                                    machine.plan().migration()));
                        });
        for (VolumeSpec spec : vm.volumes()) {
            // Just after a migration its last specs may be on their way still.
            if (spec.getPhase() != Phase.OPEN || !spec.getOwner().equals(vm.owner())) {
                throw RefusedException.conflict(
                        "volume '%s' of VM '%s' is being handed over"
                                .formatted(spec.getVvol(), vm.name()));
            }
            if (SeedService.isImporting(spec, images.find(spec.getVvol(), vm.owner()))) {
                throw RefusedException.conflict(
                        "volume '%s' of VM '%s' is being imported at site '%s', which alone has the disk"
                                .formatted(spec.getVvol(), vm.name(), vm.owner()));
            }
        }
    }

    private MigrationPlan plan(Vm vm, String toSite, MigrationMode mode) {
        SortedMap<String, Integer> epochs = new TreeMap<>();
        vm.volumes().forEach(spec -> epochs.put(spec.getVvol(), spec.getEpoch()));
        String id = "%s-%d".formatted(vm.name(), history.count(vm.name()) + 1);
        return new MigrationPlan(id, vm.name(), vm.owner(), toSite, mode, epochs);
    }

    private SortedMap<String, StepPosition> positions(Vm vm) {
        SortedMap<String, StepPosition> positions = new TreeMap<>();
        for (VolumeSpec spec : vm.volumes()) {
            positions.put(
                    spec.getVvol(),
                    images.find(spec.getVvol(), vm.owner())
                            .filter(image -> image.getEpoch() == spec.getEpoch())
                            .map(StepPosition::appliedIn)
                            .orElse(
                                    new StepPosition(
                                            spec.getEpoch(),
                                            0,
                                            StepPosition.UNKNOWN,
                                            StepPosition.UNKNOWN)));
        }
        return positions;
    }

    private static MigrationMode requireMode(@Nullable String word) {
        return MigrationMode.ofWord(word == null ? MigrationMode.DRAIN.word() : word)
                .orElseThrow(
                        () ->
                                RefusedException.invalid(
                                        "mode",
                                        "mode must be one of: %s, is '%s'"
                                                .formatted(MigrationMode.words(), word)));
    }
}
