package dev.farshore.schemas.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.clock.ClockFilter.Exchange;
import dev.farshore.schemas.event.ClockReading;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

class ClockFilterTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final ClockFilter filter = new ClockFilter();

    @Test
    void shouldKnowNothingBeforeTheFirstExchange() {
        assertThat(filter.best(0)).isEmpty();
    }

    @Test
    void shouldNeverErrByMoreThanItSaysHoweverUnlikeTheTwoWaysAre() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        Random random = new Random(seed);
        long truth = 1_700_000_000_000L * MILLI + random.nextLong(1_000 * MILLI);
        long now = random.nextLong(1_000_000 * MILLI);
        for (int exchange = 0; exchange < 10_000; exchange++) {
            long pauseMillis = random.nextLong(20_000);
            now += pauseMillis * MILLI;
            // A crystal that is off by up to 30 ppm, and every delay there is.
            truth += pauseMillis * random.nextLong(30);
            long sent = now;
            now += random.nextLong(200 * MILLI);
            long brokerMillis = Math.floorDiv(truth + now, MILLI);
            now += random.nextInt(3) == 0 ? 0 : random.nextLong(200 * MILLI);
            filter.add(sent, now, brokerMillis);

            Exchange best = filter.best(now).orElseThrow();
            assertThat(Math.abs(best.kafkaMinusMonotonicNanos() - truth))
                    .as("seed %d, exchange %d", seed, exchange)
                    .isLessThanOrEqualTo(best.errorNanos(now));
        }
    }

    @Test
    void shouldBelieveTheQuickestExchange() {
        filter.add(0, 300 * MILLI, 1_000);
        filter.add(1_000 * MILLI, 1_002 * MILLI, 1_860);
        filter.add(2_000 * MILLI, 2_090 * MILLI, 2_900);

        Exchange best = filter.best(2_090 * MILLI).orElseThrow();
        assertThat(best.kafkaMinusMonotonicNanos()).isEqualTo(859 * MILLI + MILLI / 2);
        assertThat(best.errorNanos()).isEqualTo(MILLI + MILLI / 2);
    }

    @Test
    void shouldForgetAClockThatIsNotAskedAnyMore() {
        filter.add(0, 2 * MILLI, 1_000);
        filter.add(1_000 * MILLI, 1_100 * MILLI, 62_050); // of a broker a minute ahead

        assertThat(filter.best(1_100 * MILLI).orElseThrow().errorNanos())
                .isEqualTo(50 * MILLI + MILLI / 2);
    }

    @Test
    void shouldCompareTwoClocksThroughTheThird() {
        ClockReading theirs =
                new ClockReading(
                        "a", "a-1", 5L, 2_000L, 300L, List.of(), "", "", "", 0L, List.of(), 0L, "",
                        List.of(), List.of(), List.of());
        ClockReading ours =
                new ClockReading(
                        "",
                        "coordinator",
                        7L,
                        -1_000L,
                        500L,
                        List.of(),
                        "",
                        "",
                        "",
                        0L,
                        List.of(),
                        0L,
                        "",
                        List.of(),
                        List.of(),
                        List.of());

        assertThat(ClockSkews.between(theirs, ours)).hasValue(new Clocks.Skew(-3_000, 800, 5));
    }
}
