package dev.farshore.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallTrackerTest {
    private static final long MS = 1_000_000;

    private final StallTracker stalls = new StallTracker();

    @Test
    void shouldMeasureFromTheLastAnswerToTheNextWhileRequestsWait() {
        stalls.sent(0);
        stalls.sent(0);
        stalls.completed(1 * MS);
        stalls.completed(201 * MS);

        assertThat(stalls.longestNs(0, 1000 * MS)).isEqualTo(200 * MS);
    }

    @Test
    void shouldNotCountTimeInWhichNothingWasAsked() {
        stalls.sent(0);
        stalls.completed(1 * MS);
        stalls.sent(500 * MS);
        stalls.completed(501 * MS);

        assertThat(stalls.longestNs(0, 1000 * MS)).isZero();
    }

    @Test
    void shouldTellTheStallsOfASpanFromOthers() {
        stalls.sent(0);
        stalls.completed(300 * MS);
        stalls.sent(400 * MS);
        stalls.completed(450 * MS);
        stalls.sent(600 * MS);
        stalls.completed(620 * MS);

        assertThat(stalls.longestNs(440 * MS, 610 * MS)).isEqualTo(50 * MS);
        assertThat(stalls.longestNs(460 * MS, 590 * MS)).isZero();
        assertThat(stalls.longestNs(Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(300 * MS);
    }
}
