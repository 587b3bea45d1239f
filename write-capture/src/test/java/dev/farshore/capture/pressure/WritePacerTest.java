package dev.farshore.capture.pressure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.farshore.capture.pressure.WriteCounters.WriteRates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
class WritePacerTest {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long SEED = 7;

    /** Such a delay costs no throughput. */
    private static final long LATEST_TIMER_NANOS = WritePacer.BURST_NANOS - 500_000;

    private final WritePacers pacers = new WritePacers(System::nanoTime);
    private final WritePacer pacer = pacers.of("vm");
    private final WriteCounters counters = new WriteCounters();

    @AfterEach
    void stop() {
        pacers.close();
    }

    /** A guest with that many writes in flight, for some seconds. */
    private final class Guest {
        private static final long SEND_NANOS = 20_000;

        private final int depth;
        private final VirtualTime time;
        private final WritePacer limited;
        private int inFlight;
        private long answered;
        private long longestNanos;

        Guest(int depth, WriteLimit limit) {
            this.depth = depth;
            time = new VirtualTime(SEED, LATEST_TIMER_NANOS);
            limited = new WritePacer(time, time::nanoTime);
            limited.use(limit);
        }

        double writesPerSecond(int bytes, int seconds) {
            long start = time.nanoTime();
            long end = start + seconds * SECOND_NANOS;
            while (time.nanoTime() < end) {
                if (inFlight == depth) {
                    time.toNextTimer();
                } else {
                    send(bytes);
                    time.pass(SEND_NANOS);
                }
            }
            return answered * 1e9 / (time.nanoTime() - start);
        }

        private void send(int bytes) {
            inFlight++;
            long sent = time.nanoTime();
            limited.complete(
                    bytes,
                    counters,
                    error -> {
                        inFlight--;
                        answered++;
                        longestNanos = Math.max(longestNanos, time.nanoTime() - sent);
                    });
        }
    }

    @Test
    void shouldKeepToALimitOfWritesWithinATenth() {
        for (int depth : new int[] {1, 32}) {
            double rate = new Guest(depth, new WriteLimit(0, 2_000)).writesPerSecond(4096, 30);

            assertThat(rate).as("depth %d", depth).isCloseTo(2_000, within(200.0));
        }
    }

    @Test
    void shouldKeepToALimitOfBytesWithinATenth() {
        Guest guest = new Guest(32, new WriteLimit(10 << 20, 0));

        double bytesPerSecond = guest.writesPerSecond(65_536, 30) * 65_536;

        assertThat(bytesPerSecond).isCloseTo(10 << 20, within(0.1 * (10 << 20)));
    }

    @Test
    void shouldHoldNoWriteLongerThanWhatIsInFlightBeforeItIsWorth() {
        Guest guest = new Guest(16, new WriteLimit(0, 1_000));

        guest.writesPerSecond(4096, 30);

        // 16 writes at 1 ms each.
        assertThat(guest.longestNanos)
                .isLessThan(TimeUnit.MILLISECONDS.toNanos(16) + LATEST_TIMER_NANOS);
        WriteRates first = counters.rates(0);
        assertThat(first.heldWrites()).isZero();
        assertThat(counters.heldWrites()).isPositive();
        assertThat(counters.heldNanos()).isPositive();
    }

    @Test
    void shouldAnswerEvenlyAndInOrder() throws Exception {
        pacer.use(new WriteLimit(0, 500));
        List<Integer> order = new ArrayList<>();
        List<Long> atNanos = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            int number = i;
            pacer.complete(
                    512,
                    counters,
                    error -> {
                        order.add(number);
                        atNanos.add(System.nanoTime());
                        all.countDown();
                    });
        }
        all.await();

        assertThat(order).isSorted().hasSize(100);
        // 5 ms' worth at once, then one every 2 ms: no five in a row take much less than 8 ms.
        for (int i = 10; i + 25 < 100; i += 5) {
            assertThat(atNanos.get(i + 25) - atNanos.get(i))
                    .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(25));
        }
    }

    @Test
    void shouldLetGoWhatItHoldsWhenTheLimitChanges() {
        pacer.use(new WriteLimit(0, 1));
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            pacer.complete(512, counters, error -> answered.incrementAndGet());
        }
        assertThat(answered).hasValue(1);

        pacer.use(new WriteLimit(0, 1000));

        assertThat(answered).hasValue(5);
        pacer.use(WriteLimit.NONE);
        pacer.complete(512, counters, error -> answered.incrementAndGet());
        assertThat(answered).hasValue(6);
    }

    @Test
    void shouldAnswerWhatItHoldsWhenTheNodeStops() {
        pacer.use(new WriteLimit(1, 0));
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            pacer.complete(512, counters, error -> answered.incrementAndGet());
        }

        pacers.close();

        assertThat(answered).hasValue(5);
    }

    @Test
    void shouldTellHowFastIsWritten() {
        assertThat(counters.rates(0).writesPerSecond()).isZero();
        for (int i = 0; i < 300; i++) {
            pacer.complete(4096, counters, error -> {});
        }

        WriteRates rates = counters.rates(3 * SECOND_NANOS);

        assertThat(rates.writesPerSecond()).isEqualTo(100);
        assertThat(rates.bytesPerSecond()).isEqualTo(409_600);
        assertThat(counters.rates(3 * SECOND_NANOS + 1)).isSameAs(rates);
        assertThat(counters.rates(4 * SECOND_NANOS).writesPerSecond()).isZero();
    }
}
