package dev.farshore.coordinator.lag;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;

/** Twelve looks, ten seconds apart. */
class LagWindowTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int LOOKS = 12;

    private final LagWindow window = new LagWindow(INTERVAL.multipliedBy(LOOKS), INTERVAL);

    /** Near the value's end: it may wrap. */
    private long nanos = Long.MAX_VALUE - INTERVAL.multipliedBy(5).toNanos();

    @Test
    void shouldKnowNothingBeforeTheFirstLook() {
        assertThat(window.state()).isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldBeOkWhereNothingIsMissing() {
        assertThat(look(100, 100)).isEqualTo(LagState.OK);
        assertThat(look(100, 100)).isEqualTo(LagState.OK);
    }

    @Test
    void shouldBeOkUnderSteadyWritesWhoseLagIsNeverNone() {
        look(1_000, 10);
        for (int i = 2; i < 100; i++) {
            assertThat(look(1_000 * i, 1_000 * i - 900))
                    .as("it has all that there was one look before")
                    .isEqualTo(LagState.OK);
        }
    }

    @Test
    void shouldNotTellBeforeTheWindowIsFull() {
        for (int i = 0; i < LOOKS; i++) {
            assertThat(look(1_000, 10)).isEqualTo(LagState.UNKNOWN);
        }
        assertThat(look(1_000, 10)).isEqualTo(LagState.STALLED);
    }

    @Test
    void shouldBeStalledWhereTheImageStandsStillWhateverTheLogDoes() {
        look(100, 100);
        for (int i = 0; i < LOOKS; i++) {
            assertThat(look(200 + i, 100)).as("it had kept up").isEqualTo(LagState.OK);
        }
        assertThat(look(300, 100)).isEqualTo(LagState.STALLED);
        for (int i = 0; i < LOOKS; i++) {
            assertThat(look(300, 100)).as("nobody writes any more").isEqualTo(LagState.STALLED);
        }
        assertThat(look(300, 300)).isEqualTo(LagState.OK);
    }

    @Test
    void shouldNotTakeForStalledAnIdleVolumeThatIsWritten() {
        for (int i = 0; i < 2 * LOOKS; i++) {
            look(100, 100);
        }
        assertThat(look(101, 100)).isEqualTo(LagState.OK);
        assertThat(look(102, 101)).isEqualTo(LagState.OK);
    }

    @Test
    void shouldBeSlowWhereTheLagGrowsThoughTheImageAdvances() {
        LagState state = LagState.UNKNOWN;
        for (int i = 0; i <= LOOKS; i++) {
            state = look(10_000 + 1_000 * i, 100 + 900 * i);
        }
        assertThat(state).isEqualTo(LagState.SLOW);
    }

    @Test
    void shouldBeSlowWhereTheLagStaysAsItIs() {
        LagState state = LagState.UNKNOWN;
        for (int i = 0; i <= LOOKS; i++) {
            state = look(10_000 + 1_000 * i, 1_000 * i);
        }
        assertThat(state).isEqualTo(LagState.SLOW);
    }

    @Test
    void shouldBeSlowWhereTheLagGrowsAndFallsAndComesNoNearer() {
        LagState state = LagState.UNKNOWN;
        for (int i = 0; i <= 2 * LOOKS + 1; i++) {
            state = look(10_000 + 1_000 * i, 950 * i + (i % 5 == 0 ? 800 : 0));
        }
        assertThat(state)
                .as("one dip of the lag does not make it converge")
                .isEqualTo(LagState.SLOW);
    }

    @Test
    void shouldBeOkWhereABacklogMelts() {
        LagState state = LagState.UNKNOWN;
        for (int i = 0; i <= LOOKS; i++) {
            state = look(1_000_000 + 1_000 * i, 1_100 * i);
        }
        assertThat(state).isEqualTo(LagState.OK);
    }

    @Test
    void shouldBeStoppedAtOnceWhereTheNodeIsGone() {
        look(100, 100);

        assertThat(window.look(next(), at(100, 100), true))
                .as("nothing is missing yet")
                .isEqualTo(LagState.STOPPED);
        assertThat(look(100, 100)).as("it is back").isEqualTo(LagState.OK);
    }

    @Test
    void shouldBeStoppedWhereNoNodeHasReportedAnImageForAWindow() {
        for (int i = 0; i < LOOKS; i++) {
            assertThat(window.look(next(), Optional.of(new Standing(5, 0, false)), false))
                    .as("the volume is new")
                    .isEqualTo(LagState.UNKNOWN);
        }
        assertThat(window.look(next(), Optional.of(new Standing(5, 0, false)), false))
                .isEqualTo(LagState.STOPPED);
    }

    @Test
    void shouldForgetWhatItSawWhereNobodyCanTell() {
        for (int i = 0; i <= LOOKS; i++) {
            look(1_000, 10);
        }

        assertThat(window.look(next(), Optional.empty(), false)).isEqualTo(LagState.UNKNOWN);
        assertThat(window.look(next(), Optional.empty(), true)).isEqualTo(LagState.UNKNOWN);
        assertThat(look(1_000, 10)).isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldBeginAnewWithAnImageThatGoesBack() {
        for (int i = 0; i < LOOKS; i++) {
            look(1_000 + i, 1_000);
        }
        assertThat(look(2_000, 10)).as("another node's copy").isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldBeginAnewWithALogThatGoesBack() {
        look(1_000, 1_000);
        assertThat(look(900, 1_000)).isEqualTo(LagState.OK);
        assertThat(look(800, 10)).isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldBeginAnewAfterAPause() {
        look(1_000, 1_000);
        nanos += INTERVAL.multipliedBy(3).toNanos();

        assertThat(look(9_000, 8_000))
                .as("the log of long ago says nothing of now")
                .isEqualTo(LagState.UNKNOWN);
    }

    private LagState look(long endSeq, long hardenedSeq) {
        return window.look(next(), at(endSeq, hardenedSeq), false);
    }

    private static Optional<Standing> at(long endSeq, long hardenedSeq) {
        return Optional.of(new Standing(endSeq, hardenedSeq, true));
    }

    private long next() {
        nanos += INTERVAL.toNanos();
        return nanos;
    }
}
