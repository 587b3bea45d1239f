package dev.farshore.bench.report;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class BenchResultTest {

    @Test
    void shouldMeetABoundOnTheRatioFromEitherSide() {
        assertThat(BenchResult.against("x", 120, "/s", "peer", 100.0, AT_LEAST, 1.2).met())
                .isTrue();
        assertThat(BenchResult.against("x", 119, "/s", "peer", 100.0, AT_LEAST, 1.2).met())
                .isFalse();
        assertThat(BenchResult.against("x", 99, "ms", "peer", 100.0, AT_MOST, 1.0).met()).isTrue();
    }

    @Test
    void shouldNotCountATargetAsMetWhosePeerWasNotRun() {
        BenchResult result = BenchResult.against("x", 120, "/s", "peer", null, AT_LEAST, 1.2);

        assertThat(result.ratio()).isNull();
        assertThat(result.met()).isFalse();
    }

    @Test
    void shouldMeetWhatHasNoTarget() {
        assertThat(BenchResult.of("x", 1, "/s").met()).isTrue();
        assertThat(BenchResult.beside("x", 1, "/s", "peer", 2.0).ratio()).isEqualTo(0.5);
    }

    @Test
    void shouldTakeTheMiddleOfTheRounds() {
        assertThat(Median.of(List.of(9.0, 1.0, 2.0))).isEqualTo(2.0);
        assertThat(Median.of(List.of(4.0, 1.0))).isEqualTo(2.5);
    }
}
