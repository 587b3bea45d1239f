package dev.farshore.coordinator.migration;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * For how long migrations have been in their states. A guest may be waiting, so that goes by time
 * that elapses, from when this coordinator saw the step: whoever sets a clock in between makes no
 * wait longer or shorter.
 *
 * <p>Of a step that was there when this coordinator started it is not known how long ago that was,
 * but by the clock of whoever recorded it. What that says counts on top; else a coordinator that is
 * started again and again would never give up. A clock that is wrong by then makes a wait shorter,
 * down to none, or as long as if the step had just begun, but never longer.
 *
 * <p>Threading: the thread of the rounds.
 */
final class StepTimes {
    private final LongSupplier nanoTime;
    private final Map<String, Step> newest = new HashMap<>();
    private boolean isFirstRound = true;

    /**
     * @param number how many steps the migration had taken
     * @param sinceNanos when it took the last of them
     */
    private record Step(int number, long sinceNanos) {}

    /**
     * @param nanoTime time that elapses, in nanoseconds
     */
    StepTimes(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A round begins: what is new since the last one has its last step from now on. */
    void look(Collection<MigrationMachine> underway, long nowMicros) {
        long nowNanos = nanoTime.getAsLong();
        for (MigrationMachine machine : underway) {
            int number = machine.timeline().entries().size();
            Step known = newest.get(machine.plan().migration());
            if (known == null || known.number() != number) {
                newest.put(
                        machine.plan().migration(),
                        new Step(number, nowNanos - agoNanos(machine, nowMicros)));
            }
        }
        newest.keySet()
                .retainAll(
                        underway.stream()
                                .map(machine -> machine.plan().migration())
                                .collect(Collectors.toSet()));
        isFirstRound = false;
    }

    /** Since the last step of a migration that {@link #look} has seen. */
    Duration waited(MigrationMachine machine) {
        Step step = newest.get(machine.plan().migration());
        return step == null
                ? Duration.ZERO
                : Duration.ofNanos(nanoTime.getAsLong() - step.sinceNanos());
    }

    private long agoNanos(MigrationMachine machine, long nowMicros) {
        long agoMicros = nowMicros - machine.timeline().last().atMicros();
        return isFirstRound && agoMicros > 0
                ? Duration.of(agoMicros, ChronoUnit.MICROS).toNanos()
                : 0;
    }
}
