package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.MigrationReport;

import java.time.Duration;

/**
 * Follows a migration to its end and tells people of each step. The migration goes on while the
 * coordinator is restarted, so a silence of some length is no reason to give up.
 */
final class MigrationWatch {
    private static final long INTERVAL_MILLIS = 200;
    private static final int DOWNTIME_ATTEMPTS = 10;
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

    private final CoordinatorClient coordinator;
    private final CoordinatorOptions options;

    MigrationWatch(CoordinatorClient coordinator, CoordinatorOptions options) {
        this.coordinator = coordinator;
        this.options = options;
    }

    MigrationReport untilOver(MigrationReport started) throws InterruptedException {
        String path = "migrations/" + CoordinatorClient.segment(started.id());
        MigrationReport known = started;
        tell(known);
        long heardNanos = System.nanoTime();
        while (!known.over()) {
            Thread.sleep(INTERVAL_MILLIS);
            try {
                MigrationReport now = coordinator.get(path, MigrationReport.class);
                heardNanos = System.nanoTime();
                if (!now.step().equals(known.step())) {
                    tell(now);
                }
                known = now;
            } catch (CoordinatorException e) {
                if (!e.isUnreachable()
                        || System.nanoTime() - heardNanos > LONGEST_SILENCE.toNanos()) {
                    throw e;
                }
            }
        }
        return withDowntime(known, path);
    }

    /** The nodes tell for how long writes were held a moment after they take them again. */
    private MigrationReport withDowntime(MigrationReport over, String path)
            throws InterruptedException {
        MigrationReport known = over;
        for (int i = 0; i < DOWNTIME_ATTEMPTS && known.hasFinished(); i++) {
            if (known.downtimeMillis() != null) {
                return known;
            }
            Thread.sleep(INTERVAL_MILLIS);
            known = coordinator.get(path, MigrationReport.class);
        }
        return known;
    }

    private void tell(MigrationReport migration) {
        if (!options.isJson()) {
            options.out().println(migration.step());
            options.out().flush();
        }
    }
}
