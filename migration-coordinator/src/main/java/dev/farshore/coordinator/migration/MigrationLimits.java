package dev.farshore.coordinator.migration;

import java.time.Duration;

/**
 * When a migration may go on, and how long it may stay in a state.
 *
 * @param sealAtLagBytes per volume: the VM's writes are held only once less than this is missing
 * @param sealAtLagTime likewise, by the age of the oldest missing event
 * @param catchUpTimeout how long the target may take to get there, before the migration fails
 * @param sealTimeout how long the source may take to seal, before the migration is rolled back: the
 *     VM's writes are held meanwhile
 * @param drainTimeout how long the target may take to harden the seal, likewise
 */
public record MigrationLimits(
        long sealAtLagBytes,
        Duration sealAtLagTime,
        Duration catchUpTimeout,
        Duration sealTimeout,
        Duration drainTimeout) {

    public static final MigrationLimits DEFAULT =
            new MigrationLimits(
                    64L << 20,
                    Duration.ofSeconds(1),
                    Duration.ofHours(1),
                    // Kafka takes 9 s by default to notice a dead broker and some more to go on.
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20));

    public MigrationLimits {
        if (sealAtLagBytes < 0) {
            throw new IllegalArgumentException("sealAtLagBytes must not be negative");
        }
        requirePositive("sealAtLagTime", sealAtLagTime);
        requirePositive("catchUpTimeout", catchUpTimeout);
        requirePositive("sealTimeout", sealTimeout);
        requirePositive("drainTimeout", drainTimeout);
    }

    private static void requirePositive(String field, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(field + " must be longer than zero, is " + value);
        }
    }
}
