package dev.farshore.coordinator.report;

import static dev.farshore.schemas.event.MigrationStep.CATCHING_UP;
import static dev.farshore.schemas.event.MigrationStep.DRAINING;
import static dev.farshore.schemas.event.MigrationStep.FINISHED;
import static dev.farshore.schemas.event.MigrationStep.OPENING;
import static dev.farshore.schemas.event.MigrationStep.SEALING;

import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.migration.MigrationDriver;
import dev.farshore.coordinator.migration.MigrationMachine;
import dev.farshore.coordinator.migration.MigrationPlan;
import dev.farshore.coordinator.migration.Timeline;
import dev.farshore.schemas.event.MigrationStep;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Migrations as the API shows them. Thread-safe. */
public final class MigrationReports {
    private final MigrationDriver driver;
    private final LongSupplier nowMicros;

    public MigrationReports(MigrationDriver driver, LongSupplier nowMicros) {
        this.driver = driver;
        this.nowMicros = nowMicros;
    }

    public MigrationReport of(MigrationMachine machine) {
        MigrationPlan plan = machine.plan();
        Timeline timeline = machine.timeline();
        return new MigrationReport(
                plan.migration(),
                plan.vm(),
                plan.fromSite(),
                plan.toSite(),
                plan.mode().word(),
                timeline.last().step().name(),
                machine.isOver(),
                timeline.last().reason(),
                driver.waitingFor(machine, nowMicros.getAsLong()).orElse(null),
                timeline.waited().map(Duration::toMillis).orElse(null),
                new MigrationReport.Phases(
                        millis(timeline, CATCHING_UP, SEALING),
                        millis(timeline, SEALING, DRAINING),
                        millis(timeline, DRAINING, OPENING),
                        millis(timeline, OPENING, FINISHED)),
                timeline.entries().stream().map(MigrationReports::step).toList());
    }

    private static MigrationReport.Step step(Timeline.Entry entry) {
        return new MigrationReport.Step(
                entry.step().name(),
                Micros.toInstant(entry.atMicros()),
                entry.reason(),
                entry.positions().entrySet().stream()
                        .map(
                                at ->
                                        new MigrationReport.Volume(
                                                at.getKey(),
                                                at.getValue().epoch(),
                                                at.getValue().seq(),
                                                at.getValue().vmSeq(),
                                                at.getValue().writesOffset()))
                        .toList());
    }

    private static @Nullable Long millis(Timeline timeline, MigrationStep from, MigrationStep to) {
        return timeline.between(from, to).map(Duration::toMillis).orElse(null);
    }
}
