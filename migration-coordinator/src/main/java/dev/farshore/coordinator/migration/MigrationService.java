package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.api.NewMigration;
import dev.farshore.coordinator.api.RefusedException;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.Vm;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** Starts migrations and finds them. Thread-safe; starts take turns. */
public final class MigrationService {
    private final MigrationHistory history;
    private final MigrationLog migrationLog;
    private final VmService vms;
    private final Sites sites;
    private final ImageReports images;
    private final LongSupplier nowMicros;
    private final Runnable onStarted;

    /**
     * @param onStarted called once a migration is recorded
     */
    public MigrationService(
            MigrationHistory history,
            MigrationLog migrationLog,
            VmService vms,
            Sites sites,
            ImageReports images,
            LongSupplier nowMicros,
            Runnable onStarted) {
        this.history = history;
        this.migrationLog = migrationLog;
        this.vms = vms;
        this.sites = sites;
        this.images = images;
        this.nowMicros = nowMicros;
        this.onStarted = onStarted;
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
                        .filter(machine -> machine.plan().equals(started.plan()))
                        .orElseThrow(
                                () ->
                                        RefusedException.conflict(
                                                "VM '%s' was moved by another coordinator meanwhile"
                                                        .formatted(vmName)));
        onStarted.run();
        return recorded;
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

    private SortedMap<String, Position> positions(Vm vm) {
        SortedMap<String, Position> positions = new TreeMap<>();
        for (VolumeSpec spec : vm.volumes()) {
            positions.put(
                    spec.getVvol(),
                    images.find(spec.getVvol(), vm.owner())
                            .filter(image -> image.getEpoch() == spec.getEpoch())
                            .map(Position::appliedIn)
                            .orElse(
                                    new Position(
                                            spec.getEpoch(),
                                            0,
                                            Position.UNKNOWN,
                                            Position.UNKNOWN)));
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
