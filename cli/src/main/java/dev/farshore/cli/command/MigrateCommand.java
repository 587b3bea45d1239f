package dev.farshore.cli.command;

import dev.farshore.coordinator.api.MigrationReport;
import dev.farshore.coordinator.api.NewMigration;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code farshore migrate}. */
@Command(name = "migrate", description = "Hand a VM's volumes over to another site.")
public final class MigrateCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm;

    @Option(names = "--to", required = true, paramLabel = "SITE", description = "Who takes over.")
    private String to;

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
            MigrationReport migration =
                    coordinator.post(
                            "vms/%s/migrations".formatted(CoordinatorClient.segment(vm)),
                            new NewMigration(to, mode),
                            MigrationReport.class);
            if (wait) {
                migration = new MigrationWatch(coordinator, options).untilOver(migration);
            }
            print(migration);
            return !wait || migration.hasFinished() ? 0 : FAILED;
        }
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
                            "VM %s runs at %s. Writes were held for %d ms: seal %d, drain %d, open"
                                    + " %d.%n",
                            migration.vm(),
                            migration.to(),
                            migration.downtimeMillis(),
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
