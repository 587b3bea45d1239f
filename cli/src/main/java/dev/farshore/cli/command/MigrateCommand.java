package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.request.Cancellation;
import dev.farshore.coordinator.api.request.NewMigration;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code farshore migrate}. */
@Command(
        name = "migrate",
        description = "Hand a VM's volumes over to another site, or give that up.")
public final class MigrateCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm;

    @ArgGroup(multiplicity = "1")
    private Action action = new Action();

    /** One of them. */
    private static final class Action {
        @Option(names = "--to", paramLabel = "SITE", description = "Who takes over.")
        private @Nullable String to;

        @Option(
                names = "--cancel",
                description =
                        "Give up the hand-over that is under way: the VM stays where it was, or goes"
                                + " on there.")
        private boolean cancel;
    }

    @Option(
            names = "--force",
            description =
                    "With --cancel: also when the target may have opened the VM already. What was"
                            + " acknowledged there and is not in the log is lost.")
    private boolean force;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "drain",
            description =
                    "drain: the target opens once everything is on stable storage there."
                            + " Default: ${DEFAULT-VALUE}.")
    private String mode;

    @Option(
            names = "--wait",
            description =
                    "Wait for the end; status 0 only if the VM runs at the target. Without it:"
                            + " status 0 once the migration is recorded.")
    private boolean wait;

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            if (action.cancel) {
                return cancel(coordinator);
            }
            MigrationReport migration =
                    coordinator.post(
                            "vms/%s/migrations".formatted(CoordinatorClient.segment(vm)),
                            new NewMigration(action.to, mode),
                            MigrationReport.class);
            if (wait) {
                migration = new MigrationWatch(coordinator, options).untilOver(migration);
            }
            print(migration);
            return !wait || migration.hasFinished() ? 0 : FAILED;
        }
    }

    private int cancel(CoordinatorClient coordinator) throws InterruptedException {
        String moving =
                coordinator.get("vms/" + CoordinatorClient.segment(vm), VmReport.class).migration();
        if (moving == null) {
            options.err().format(Locale.ROOT, "farshore: VM %s is not being handed over%n", vm);
            options.err().flush();
            return FAILED;
        }
        MigrationReport cancelled =
                coordinator.post(
                        "migrations/%s/cancel".formatted(CoordinatorClient.segment(moving)),
                        new Cancellation(force),
                        MigrationReport.class);
        if (options.isJson()) {
            options.printJson(cancelled);
        } else {
            options.out()
                    .format(
                            Locale.ROOT,
                            "Migration %s is given up: VM %s stays at %s.%n",
                            cancelled.id(),
                            cancelled.vm(),
                            cancelled.from());
        }
        options.out().flush();
        return 0;
    }

    private void print(MigrationReport migration) {
        if (options.isJson()) {
            options.printJson(migration);
        } else if (!migration.over()) {
            options.out()
                    .format(
                            Locale.ROOT,
                            "Migration %s of VM %s from %s to %s has started.%n",
                            migration.id(),
                            migration.vm(),
                            migration.from(),
                            migration.to());
        } else if (migration.hasFinished()) {
            options.out()
                    .format(
                            Locale.ROOT,
                            "VM %s runs at %s. Writes were held for %s: seal %d, drain %d, open"
                                    + " %d.%n",
                            migration.vm(),
                            migration.to(),
                            migration.downtimeMillis() == null
                                    ? "a time that no node tells"
                                    : migration.downtimeMillis() + " ms",
                            migration.phases().seal(),
                            migration.phases().drain(),
                            migration.phases().open());
        } else {
            options.err()
                    .format(
                            Locale.ROOT,
                            "farshore: VM %s stays at %s, migration %s %s: %s%n",
                            migration.vm(),
                            migration.from(),
                            migration.id(),
                            migration.step(),
                            migration.reason());
        }
        options.out().flush();
        options.err().flush();
    }
}
