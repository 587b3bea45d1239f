package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.lag.LagView;
import dev.farshore.coordinator.migration.Observation.VolumeObservation;
import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.VolumeSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Drives all migrations forward, round by round: looks, records the steps that the rules allow, and
 * then makes the specs what the recorded states ask for. Persist first, then act: a spec is written
 * only for a step that was read back from the log.
 *
 * <p>Between rounds it keeps only how long steps have taken ({@link StepTimes}): a round after a
 * crash is like any other.
 */
public final class MigrationDriver {
    private static final Logger log = LoggerFactory.getLogger(MigrationDriver.class);

    private final MigrationHistory history;
    private final MigrationLog migrationLog;
    private final VolumeSpecs specs;
    private final ImageReports images;
    private final LagView lags;
    private final MigrationRules rules;
    private final GuestWait guestWait;
    private final StepTimes stepTimes;

    /**
     * @param nanoTime time that elapses, whatever the clock is set to
     */
    public MigrationDriver(
            MigrationHistory history,
            MigrationLog migrationLog,
            VolumeSpecs specs,
            ImageReports images,
            LagView lags,
            MigrationRules rules,
            Clocks clocks,
            LongSupplier nanoTime) {
        this.history = history;
        this.migrationLog = migrationLog;
        this.specs = specs;
        this.images = images;
        this.lags = lags;
        this.rules = rules;
        guestWait = new GuestWait(clocks);
        stepTimes = new StepTimes(nanoTime);
    }

    /**
     * One round.
     *
     * @return whether anything was written: if so, the next round may have something to do at once
     */
    public boolean advance(long nowMicros) {
        List<MigrationEvent> steps = new ArrayList<>();
        List<MigrationMachine> underway = history.underway();
        stepTimes.look(underway, nowMicros);
        for (MigrationMachine machine : underway) {
            next(machine, nowMicros).map(MigrationEvents::lastStepOf).ifPresent(steps::add);
        }
        for (MigrationMachine machine : history.notResumed()) {
            guestWait
                    .of(machine, observe(machine.plan(), nowMicros))
                    .map(waited -> MigrationEvents.resumption(machine, nowMicros, waited))
                    .ifPresent(steps::add);
        }
        if (!steps.isEmpty()) {
            migrationLog.append(steps);
            steps.forEach(MigrationDriver::logRecorded);
        }
        return putMissingSpecs() || !steps.isEmpty();
    }

    private boolean putMissingSpecs() {
        boolean isAnyPut = false;
        for (MigrationMachine machine : history.governing()) {
            isAnyPut |= specs.change(() -> putMissingSpecs(machine));
        }
        return isAnyPut;
    }

    private boolean putMissingSpecs(MigrationMachine machine) {
        List<VolumeSpec> missing =
                WantedSpecs.missing(machine, vvol -> specs.find(vvol).orElse(null));
        List<VolumeSpec> wanted =
                missing.isEmpty()
                        ? WantedSpecs.overtaken(
                                machine,
                                vvol -> specs.find(vvol).orElse(null),
                                vvol -> images.find(vvol, machine.plan().fromSite()).orElse(null))
                        : missing;
        if (!wanted.isEmpty()) {
            specs.put(wanted);
        }
        return !wanted.isEmpty();
    }

    /** What keeps a migration in its state, in words. */
    public Optional<String> waitingFor(MigrationMachine machine, long nowMicros) {
        return rules.waitingFor(machine, observe(machine.plan(), nowMicros));
    }

    private Optional<MigrationMachine> next(MigrationMachine machine, long nowMicros) {
        try {
            return rules.next(
                    machine, observe(machine.plan(), nowMicros).waiting(stepTimes.waited(machine)));
        } catch (IllegalStateException e) {
            // One migration that contradicts an invariant stays where it is; the others go on.
            log.atError()
                    .addKeyValue("migration", machine.plan().migration())
                    .setCause(e)
                    .log("migration cannot take its next step");
            return Optional.empty();
        }
    }

    private Observation observe(MigrationPlan plan, long nowMicros) {
        SortedMap<String, VolumeObservation> volumes = new TreeMap<>();
        for (String vvol : plan.vvols()) {
            volumes.put(
                    vvol,
                    new VolumeObservation(
                            images.find(vvol, plan.fromSite()).orElse(null),
                            images.find(vvol, plan.toSite()).orElse(null),
                            lags.lag(vvol, plan.toSite(), nowMicros).orElse(null),
                            lags.unpublished(vvol, plan.fromSite(), nowMicros).orElse(null),
                            specs.find(vvol).orElse(null)));
        }
        return new Observation(nowMicros, Duration.ZERO, volumes);
    }

    private static void logRecorded(MigrationEvent step) {
        log.atInfo()
                .addKeyValue("migration", step.getMigration())
                .addKeyValue("vm", step.getVm())
                .addKeyValue("from", step.getFromSite())
                .addKeyValue("to", step.getToSite())
                .addKeyValue("step", step.getStep())
                .addKeyValue("reason", step.getReason())
                .log("migration step recorded");
    }
}
