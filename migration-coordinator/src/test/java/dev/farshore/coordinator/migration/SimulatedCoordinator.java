package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.api.request.Cancellation;
import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.OverruledException;
import dev.farshore.coordinator.volume.OwnerEpochFollower;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.coordinator.volume.SpecRepublisher;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.Succession;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * One coordinator process over the simulated topics: its own history, its own view of specs and
 * reports, which may be behind. It dies by {@link Crash} wherever {@code crashes} says so.
 */
final class SimulatedCoordinator implements VolumeSpecs, ImageReports {

    /** The process is gone in the middle of what it was doing. */
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final List<MigrationEvent> migrationsTopic;
    private final List<VolumeSpec> volumesTopic;
    private final BooleanSupplier crashes;
    private final Map<String, VolumeSpec> specs = new HashMap<>();
    private final Map<String, Progress> reports = new HashMap<>();
    private final Set<Integer> overruled = new HashSet<>();
    private final Set<String> overshadowed = new HashSet<>();
    private long nowMicros;
    private long elapsedMicros;
    private int specsRead;
    private int eventsRead;

    final MigrationHistory history = new MigrationHistory();
    private final MigrationDriver driver;
    private final VmService vms;
    private final OwnerEpochFollower sealedAtHome;
    private final MigrationService service;

    SimulatedCoordinator(
            List<MigrationEvent> migrationsTopic,
            List<VolumeSpec> volumesTopic,
            MigrationLimits limits,
            BooleanSupplier crashes) {
        this.migrationsTopic = migrationsTopic;
        this.volumesTopic = volumesTopic;
        this.crashes = crashes;
        driver =
                new MigrationDriver(
                        history,
                        this::append,
                        this,
                        this,
                        (vvol, site, now) -> Optional.of(Lag.NONE),
                        new MigrationRules(limits),
                        (site, node) -> Optional.empty(),
                        () -> elapsedMicros * 1_000);
        vms = new VmService(this, this, vm -> history.moving(vm).isPresent());
        sealedAtHome =
                new OwnerEpochFollower(this, vms, this, vm -> history.handingOver(vm).isPresent());
        service =
                new MigrationService(
                        history,
                        this::append,
                        vms,
                        new Sites(Set.of(), this),
                        this,
                        () -> nowMicros,
                        () -> {});
    }

    /**
     * @param elapsed by the time that elapses for all
     * @param now by this host's clock, whatever it is set to
     */
    void advance(long elapsed, long now) {
        elapsedMicros = elapsed;
        nowMicros = now;
        driver.advance(now);
        sealedAtHome.follow();
        new SpecRepublisher(this).restate();
    }

    void append(List<MigrationEvent> events) {
        for (MigrationEvent event : events) {
            crashHere();
            migrationsTopic.add(event);
        }
        crashHere();
        readMigrations();
    }

    void readMigrations() {
        while (eventsRead < migrationsTopic.size()) {
            history.replay(migrationsTopic.get(eventsRead++));
        }
    }

    void readSpecs() {
        while (specsRead < volumesTopic.size()) {
            VolumeSpec spec = volumesTopic.get(specsRead++);
            VolumeSpec current = specs.get(spec.getVvol());
            if (current == null || Succession.ofSpecs().follows(current, spec)) {
                specs.put(spec.getVvol(), spec);
                overshadowed.remove(spec.getVvol());
            } else {
                overruled.add(specsRead - 1);
                if (spec.equals(current)) {
                    overshadowed.remove(spec.getVvol());
                } else {
                    overshadowed.add(spec.getVvol());
                }
            }
        }
    }

    void receive(Progress report) {
        reports.put(report.getVvol() + "@" + report.getSite(), report);
        sealedAtHome.reported(report);
    }

    /** An operator gives up what is moving. */
    void cancel(String vm, boolean isForced) {
        history.moving(vm)
                .ifPresent(
                        moving -> {
                            try {
                                service.cancel(
                                        moving.plan().migration(), new Cancellation(isForced));
                            } catch (RefusedException e) {
                                // It is over, or opening.
                            }
                        });
    }

    @Override
    public Optional<VolumeSpec> find(String vvol) {
        return Optional.ofNullable(specs.get(vvol));
    }

    @Override
    public Optional<VolumeSpec> findDeleted(String vvol) {
        return Optional.empty();
    }

    @Override
    public Collection<VolumeSpec> all() {
        return specs.values();
    }

    @Override
    public void put(List<VolumeSpec> changed) {
        List<Integer> places = new ArrayList<>();
        for (VolumeSpec spec : changed) {
            crashHere();
            places.add(volumesTopic.size());
            volumesTopic.add(SpecChanges.next(spec));
        }
        crashHere();
        readSpecs();
        for (int place : places) {
            if (overruled.contains(place)) {
                throw new OverruledException(volumesTopic.get(place).getVvol());
            }
        }
    }

    @Override
    public Set<String> overshadowed() {
        return Set.copyOf(overshadowed);
    }

    @Override
    public Optional<Progress> find(String vvol, String site) {
        return Optional.ofNullable(reports.get(vvol + "@" + site));
    }

    @Override
    public Collection<Progress> of(String vvol) {
        return reports.values().stream().filter(each -> each.getVvol().equals(vvol)).toList();
    }

    @Override
    public Collection<Progress> ofSite(String site) {
        return reports.values().stream().filter(each -> each.getSite().equals(site)).toList();
    }

    @Override
    public Set<String> sites() {
        return Set.of();
    }

    private void crashHere() {
        if (crashes.getAsBoolean()) {
            throw new Crash();
        }
    }
}
