package dev.farshore.coordinator.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.retention.Headroom.State;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadroomTest {
    private static final double WARN_BELOW = 0.25;

    /** A log that keeps 1000 s or 1000 bytes, of 100 records of 10 bytes from offset 500 on. */
    private static final PartitionLog LOG = new PartitionLog(500, 600, 1_000, 1_000_000, 1_000);

    private static final PartitionLog BY_TIME = new PartitionLog(500, 600, 1_000, 1_000_000, -1);
    private static final PartitionLog FOR_EVER = new PartitionLog(500, 600, -1, -1, -1);

    @ParameterizedTest
    @CsvSource({
        // seconds behind, seconds left, share left, state
        "0.5, 999.5, 0.9995, OK",
        "700, 300, 0.3, OK",
        "760, 240, 0.24, LOW",
        "1200, -200, -0.2, LOW",
    })
    void shouldWarnBeforeTheLogForgetsByTime(
            double behindSeconds, double leftSeconds, double leftShare, State state) {
        Headroom headroom = Headroom.of(BY_TIME, lag(behindSeconds), 550, 550, true, WARN_BELOW);
        assertThat(headroom).isEqualTo(new Headroom(state, leftSeconds, leftShare));
    }

    @Test
    void shouldWarnBeforeTheLogForgetsBySize() {
        assertThat(Headroom.of(LOG, lag(1), 590, 590, true, WARN_BELOW).state())
                .isEqualTo(State.OK);
        assertThat(Headroom.of(LOG, lag(1), 510, 510, true, WARN_BELOW).state())
                .isEqualTo(State.LOW);
    }

    @Test
    void shouldSayWhenASiteIsOvertaken() {
        Headroom gone = new Headroom(State.OVERTAKEN, 0, 0);
        assertThat(Headroom.of(LOG, lag(1), 499, 499, true, WARN_BELOW)).isEqualTo(gone);
        assertThat(Headroom.of(FOR_EVER, lag(1), 499, 499, true, WARN_BELOW)).isEqualTo(gone);
        assertThat(Headroom.of(BY_TIME, lag(1), 499, 500, false, WARN_BELOW).state())
                .as("it has looked at what is gone: that was another volume's")
                .isEqualTo(State.OK);
        assertThat(Headroom.of(BY_TIME, lag(1001), 499, 499, false, WARN_BELOW)).isEqualTo(gone);
    }

    /** Age and size would say that there is time; somebody has deleted records. */
    @Test
    void shouldGoByWhereTheLogBegins() {
        assertThat(Headroom.of(BY_TIME, lag(1), 400, 450, false, WARN_BELOW))
                .as("some of what is gone may have been this volume's")
                .isEqualTo(new Headroom(State.LOW, 0, 0));
        assertThat(Headroom.of(FOR_EVER, lag(1), 400, 450, false, 0).state()).isEqualTo(State.LOW);
        assertThat(Headroom.of(FOR_EVER, new Lag(101, 50, 1), 400, 450, false, WARN_BELOW))
                .as("it lacks more events than there are records")
                .isEqualTo(new Headroom(State.OVERTAKEN, 0, 0));
    }

    @Test
    void shouldHaveNoEndWhereNothingIsNeededOrAllIsKept() {
        assertThat(Headroom.of(LOG, Lag.NONE, 100, 100, true, WARN_BELOW))
                .isEqualTo(Headroom.ENDLESS);
        assertThat(Headroom.of(FOR_EVER, lag(1e6), 500, 500, true, WARN_BELOW))
                .isEqualTo(Headroom.ENDLESS);
    }

    private static Lag lag(double seconds) {
        return new Lag(5, 50, (long) (seconds * 1e6));
    }
}
