package dev.farshore.capture.read.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.read.kafka.PartitionWants.Claim;
import dev.farshore.capture.read.kafka.PartitionWants.Want;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Objects;

class PartitionWantsTest {
    private final PartitionWants wants = new PartitionWants(3);

    /** It has answered, with some ten records at a time. */
    @BeforeEach
    void answer() {
        for (int fetch = 0; fetch < 8; fetch++) {
            wants.want(1000);
            wants.answered(claim(), 1010, 10, 1);
        }
    }

    @Test
    void shouldBeginWithWhoeverCameFirst() {
        wants.want(500);
        wants.want(100);
        wants.want(900);
        assertThat(claim().from()).isEqualTo(500);
        assertThat(claim().from()).isEqualTo(100);
        assertThat(claim().from()).isEqualTo(900);
        assertThat(wants.claim(true)).isNull();
    }

    @Test
    void shouldPassOverWhatAFetchUnderWayIsLikelyToBring() {
        wants.want(500);
        wants.want(505);
        wants.want(700);
        Claim first = claim();
        assertThat(claim().from()).isEqualTo(700);
        assertThat(wants.answered(first, 510, 10, 1))
                .extracting(want -> want.offset)
                .containsExactly(500L, 505L);
        assertThat(wants.claim(false)).isNull();
    }

    @Test
    void shouldPassOverNobodyTwice() {
        wants.want(500);
        wants.want(505);
        Claim first = claim();
        wants.want(498);
        Claim below = claim();
        assertThat(below.from()).isEqualTo(498);
        assertThat(below.to()).isGreaterThan(505);

        assertThat(wants.answered(first, 502, 2, 1)).hasSize(1);
        assertThat(claim().from()).as("though the other might bring it, too").isEqualTo(505);
    }

    @Test
    void shouldFetchManyWhereManyAreWantedTogether() {
        for (long offset = 2000; offset < 2064; offset += 2) {
            wants.want(offset);
        }
        Claim alone = Objects.requireNonNull(wants.claim(false));
        assertThat(alone.isMany()).isFalse();
        Claim many = Objects.requireNonNull(wants.claim(true));
        assertThat(many.isMany()).as("the rest is too little").isFalse();
        wants.givenBack(alone);
        wants.givenBack(many);
        many = Objects.requireNonNull(wants.claim(true));
        assertThat(many.isMany()).isTrue();
        assertThat(many.from()).isEqualTo(2000);
        assertThat(wants.answered(many, 2064, 64, 1)).hasSize(32);
        assertThat(wants.isEmpty()).isTrue();
    }

    @Test
    void shouldTryWithOneLaneAtATimeUntilThereIsAnAnswer() {
        for (PartitionWants each : new PartitionWants[] {new PartitionWants(4), failed()}) {
            each.want(1);
            each.want(100);
            Claim first = Objects.requireNonNull(each.claim(true));
            assertThat(each.claim(true)).isNull();
            each.answered(first, 2, 1, 1);
            each.want(200);
            assertThat(each.claim(true)).isNotNull();
            assertThat(each.claim(true)).isNotNull();
        }
    }

    private PartitionWants failed() {
        wants.want(1);
        Claim claim = claim();
        wants.givenBack(claim);
        assertThat(wants.isFailing()).isTrue();
        Claim again = claim();
        assertThat(again.from()).isEqualTo(1);
        assertThat(again.patienceNanos()).isGreaterThan(claim.patienceNanos());
        wants.givenBack(again);
        return wants;
    }

    @Test
    void shouldAnswerOnceWhoeverWantsTheSame() {
        assertThat(wants.want(5)).isSameAs(wants.want(5));
        Claim claim = claim();
        Want want = wants.answered(claim, 6, 1, 1).getFirst();
        assertThat(wants.isEmpty()).isTrue();
        assertThat(wants.want(5)).isNotSameAs(want.answer);
    }

    private Claim claim() {
        @Nullable Claim claim = wants.claim(false);
        assertThat(claim).isNotNull();
        return Objects.requireNonNull(claim);
    }
}
