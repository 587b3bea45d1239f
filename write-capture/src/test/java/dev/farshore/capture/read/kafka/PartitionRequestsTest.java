package dev.farshore.capture.read.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.read.kafka.PartitionRequests.Claim;
import dev.farshore.capture.read.kafka.PartitionRequests.Request;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.Objects;

class PartitionRequestsTest {
    private final PartitionRequests requests = new PartitionRequests(3);

    /** It has answered, with some ten records at a time. */
    @BeforeEach
    void answer() {
        for (int fetch = 0; fetch < 8; fetch++) {
            requests.request(1000);
            requests.answered(claim(), 1010, 10, 1);
        }
    }

    @Test
    void shouldBeginWithWhoeverCameFirst() {
        requests.request(500);
        requests.request(100);
        requests.request(900);
        assertThat(claim().from()).isEqualTo(500);
        assertThat(claim().from()).isEqualTo(100);
        assertThat(claim().from()).isEqualTo(900);
        assertThat(requests.claim(true)).isNull();
    }

    @Test
    void shouldPassOverWhatAFetchUnderWayIsLikelyToBring() {
        requests.request(500);
        requests.request(505);
        requests.request(700);
        Claim first = claim();
        assertThat(claim().from()).isEqualTo(700);
        assertThat(requests.answered(first, 510, 10, 1))
                .extracting(request -> request.offset)
                .containsExactly(500L, 505L);
        assertThat(requests.claim(false)).isNull();
    }

    @Test
    void shouldPassOverNobodyTwice() {
        requests.request(500);
        requests.request(505);
        Claim first = claim();
        requests.request(498);
        Claim below = claim();
        assertThat(below.from()).isEqualTo(498);
        assertThat(below.to()).isGreaterThan(505);

        assertThat(requests.answered(first, 502, 2, 1)).hasSize(1);
        assertThat(claim().from()).as("though the other might bring it, too").isEqualTo(505);
    }

    @Test
    void shouldFetchManyWhereManyAreWantedTogether() {
        for (long offset = 2000; offset < 2064; offset += 2) {
            requests.request(offset);
        }
        Claim alone = Objects.requireNonNull(requests.claim(false));
        assertThat(alone.isMany()).isFalse();
        Claim many = Objects.requireNonNull(requests.claim(true));
        assertThat(many.isMany()).as("the rest is too little").isFalse();
        requests.givenBack(alone);
        requests.givenBack(many);
        many = Objects.requireNonNull(requests.claim(true));
        assertThat(many.isMany()).isTrue();
        assertThat(many.from()).isEqualTo(2000);
        assertThat(requests.answered(many, 2064, 64, 1)).hasSize(32);
        assertThat(requests.isEmpty()).isTrue();
    }

    @Test
    void shouldTryWithOneLaneAtATimeUntilThereIsAnAnswer() {
        for (PartitionRequests each :
                new PartitionRequests[] {new PartitionRequests(4), failed()}) {
            each.request(1);
            each.request(100);
            Claim first = Objects.requireNonNull(each.claim(true));
            assertThat(each.claim(true)).isNull();
            each.answered(first, 2, 1, 1);
            each.request(200);
            assertThat(each.claim(true)).isNotNull();
            assertThat(each.claim(true)).isNotNull();
        }
    }

    private PartitionRequests failed() {
        requests.request(1);
        Claim claim = claim();
        requests.givenBack(claim);
        assertThat(requests.isFailing()).isTrue();
        Claim again = claim();
        assertThat(again.from()).isEqualTo(1);
        assertThat(again.patienceNanos()).isGreaterThan(claim.patienceNanos());
        requests.givenBack(again);
        return requests;
    }

    @Test
    void shouldAnswerOnceWhoeverWantsTheSame() {
        assertThat(requests.request(5)).isSameAs(requests.request(5));
        Claim claim = claim();
        Request request = requests.answered(claim, 6, 1, 1).getFirst();
        assertThat(requests.isEmpty()).isTrue();
        assertThat(requests.request(5)).isNotSameAs(request.answer);
    }

    private Claim claim() {
        @Nullable Claim claim = requests.claim(false);
        assertThat(claim).isNotNull();
        return Objects.requireNonNull(claim);
    }
}
