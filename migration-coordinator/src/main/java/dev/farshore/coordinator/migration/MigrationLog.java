package dev.farshore.coordinator.migration;

import dev.farshore.schemas.event.MigrationEvent;

import java.util.List;

/** Writes {@code farshore.migrations}. */
@FunctionalInterface
public interface MigrationLog {

    /**
     * Returns once the events are acknowledged by all in-sync replicas, and everything up to the
     * last of them was read back into the {@link MigrationHistory}: what counts is what the log
     * says, not what was sent.
     *
     * @throws RuntimeException if that could not be established; the events may be in the log then
     */
    void append(List<MigrationEvent> events);
}
