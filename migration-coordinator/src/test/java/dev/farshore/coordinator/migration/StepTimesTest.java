package dev.farshore.coordinator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

class StepTimesTest {
    private static final long SECOND = 1_000_000;
    private static final long HOUR = 3_600 * SECOND;
    private static final SortedMap<String, StepPosition> POSITIONS =
            new TreeMap<>(Map.of("data", new StepPosition(1, 5, 5, 5)));

    private long elapsedSeconds = 1_000;
    private final StepTimes times = newTimes();

    @Test
    void shouldWaitNoLongerBecauseTheClockWasSetBack() {
        times.look(List.of(), 10 * HOUR);
        MigrationMachine sealing = sealingSince(10 * HOUR);
        times.look(List.of(sealing), 10 * HOUR);

        elapsedSeconds += 20;
        times.look(List.of(sealing), 9 * HOUR);

        assertThat(times.waited(sealing)).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void shouldNotGiveUpEarlyBecauseTheClockWasSetAheadOrIsAnothers() {
        times.look(List.of(), 10 * HOUR);
        MigrationMachine sealing = sealingSince(9 * HOUR);
        times.look(List.of(sealing), 10 * HOUR);

        elapsedSeconds += 3;
        times.look(List.of(sealing), 11 * HOUR);

        assertThat(times.waited(sealing)).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void shouldCountWhatHadPassedWhenTheCoordinatorStarted() {
        MigrationMachine sealing = sealingSince(10 * HOUR);
        times.look(List.of(sealing), 10 * HOUR + 15 * SECOND);
        elapsedSeconds += 4;

        assertThat(times.waited(sealing)).isEqualTo(Duration.ofSeconds(19));

        StepTimes ofClockSetBack = newTimes();
        ofClockSetBack.look(List.of(sealing), 9 * HOUR);
        elapsedSeconds += 4;
        assertThat(ofClockSetBack.waited(sealing)).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void shouldBeginAnewWithEachStep() {
        MigrationMachine.CatchingUp catchingUp = catchingUpSince(10 * HOUR);
        times.look(List.of(catchingUp), 10 * HOUR);
        elapsedSeconds += 600;
        MigrationMachine sealing = catchingUp.toSealing(10 * HOUR, POSITIONS);
        times.look(List.of(sealing), 10 * HOUR + 600 * SECOND);
        elapsedSeconds += 1;

        assertThat(times.waited(sealing)).isEqualTo(Duration.ofSeconds(1));
    }

    private StepTimes newTimes() {
        return new StepTimes(() -> TimeUnit.SECONDS.toNanos(elapsedSeconds));
    }

    private static MigrationMachine sealingSince(long atMicros) {
        return catchingUpSince(atMicros).toSealing(atMicros, POSITIONS);
    }

    private static MigrationMachine.CatchingUp catchingUpSince(long atMicros) {
        SortedMap<String, Integer> epochs = new TreeMap<>();
        epochs.put("data", 1);
        return MigrationMachine.start(
                        new MigrationPlan("shop-1", "shop", "a", "b", MigrationMode.DRAIN, epochs),
                        atMicros,
                        POSITIONS)
                .toCatchingUp(atMicros, POSITIONS);
    }
}
