package dev.farshore.coordinator.migration;

import dev.farshore.schemas.event.MigrationStep;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The steps a migration has entered.
 *
 * @param entries oldest first; never empty
 * @param waited for how long the guest's writes were held; empty until that is known
 */
public record Timeline(List<Entry> entries, Optional<Duration> waited) {

    /**
     * @param atMicros microseconds since 1970 by the coordinator's clock
     * @param positions of the volumes; in {@code DRAINING} and {@code OPENING} their seals
     * @param reason empty where the step is part of the regular way
     */
    public record Entry(
            MigrationStep step,
            long atMicros,
            SortedMap<String, StepPosition> positions,
            String reason) {

        public Entry {
            positions = Collections.unmodifiableSortedMap(new TreeMap<>(positions));
        }
    }

    public Timeline {
        entries = List.copyOf(entries);
    }

    static Timeline startingWith(long atMicros, SortedMap<String, StepPosition> positions) {
        return new Timeline(
                List.of(new Entry(MigrationStep.STARTED, atMicros, positions, "")),
                Optional.empty());
    }

    /** A step is never earlier than the one before, whatever a corrected clock says. */
    Timeline then(
            MigrationStep step,
            long atMicros,
            SortedMap<String, StepPosition> positions,
            String reason) {
        Entry next = new Entry(step, Math.max(atMicros, last().atMicros()), positions, reason);
        return new Timeline(Stream.concat(entries.stream(), Stream.of(next)).toList(), waited);
    }

    /** The guest goes on; what the migration's last step was stays so. */
    Timeline resumed(Duration guestWaited) {
        return new Timeline(entries, Optional.of(guestWaited));
    }

    public Entry first() {
        return entries.getFirst();
    }

    public Entry last() {
        return entries.getLast();
    }

    public Optional<Entry> at(MigrationStep step) {
        return entries.stream().filter(entry -> entry.step() == step).findFirst();
    }

    /** From entering one step to entering another; empty unless both were entered. */
    public Optional<Duration> between(MigrationStep from, MigrationStep to) {
        return at(from).flatMap(
                        start ->
                                at(to).map(
                                                end ->
                                                        Duration.of(
                                                                end.atMicros() - start.atMicros(),
                                                                ChronoUnit.MICROS)));
    }

    /** Positions of a step that this migration is known to have entered. */
    Map<String, StepPosition> positionsAt(MigrationStep step) {
        return at(step).orElseThrow(() -> new IllegalStateException("never entered " + step))
                .positions();
    }
}
