package dev.farshore.coordinator.config;

import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.time.Duration;

/** Limits of hand-overs. */
final class MigrationsConfig {
    private static final Key.Value<Long> SEAL_AT_LAG_BYTES = Key.bytes("sealAtLagBytes");
    private static final Key.Value<Duration> SEAL_AT_LAG_TIME = Key.duration("sealAtLagTime");
    private static final Key.Value<Duration> CATCH_UP_TIMEOUT = Key.duration("catchUpTimeout");
    private static final Key.Value<Duration> SEAL_TIMEOUT = Key.duration("sealTimeout");
    private static final Key.Value<Duration> DRAIN_TIMEOUT = Key.duration("drainTimeout");
    static final Key.Group MIGRATIONS =
            Key.group(
                    "migrations",
                    SEAL_AT_LAG_BYTES,
                    SEAL_AT_LAG_TIME,
                    CATCH_UP_TIMEOUT,
                    SEAL_TIMEOUT,
                    DRAIN_TIMEOUT);

    private MigrationsConfig() {}

    static MigrationLimits from(Section file) {
        MigrationLimits otherwise = MigrationLimits.DEFAULT;
        Section section = file.section(MIGRATIONS);
        return section.build(
                () ->
                        new MigrationLimits(
                                section.get(SEAL_AT_LAG_BYTES, otherwise.sealAtLagBytes()),
                                section.get(SEAL_AT_LAG_TIME, otherwise.sealAtLagTime()),
                                section.get(CATCH_UP_TIMEOUT, otherwise.catchUpTimeout()),
                                section.get(SEAL_TIMEOUT, otherwise.sealTimeout()),
                                section.get(DRAIN_TIMEOUT, otherwise.drainTimeout())));
    }
}
