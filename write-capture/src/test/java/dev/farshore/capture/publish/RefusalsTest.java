package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class RefusalsTest {
    private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 1); // soon wraps around
    private final Refusals refusals =
            new Refusals(new RecordTarget("disk", 3), () -> nowNanos.get());

    private void refuse(long seq, boolean isHeader) {
        refusals.refused(seq, isHeader, new RecordTooLargeException("too long"));
    }

    private void passMillis(long millis) {
        nowNanos.addAndGet(Duration.ofMillis(millis).toNanos());
    }

    @Test
    void shouldWaitTwiceAsLongAfterEachTryOfTheSameRecord() {
        for (long pauseMillis : new long[] {200, 400, 800, 1600, 3200, 5000, 5000}) {
            refuse(7, false);
            passMillis(pauseMillis - 1);
            assertThat(refusals.isWaiting()).as("within %d ms", pauseMillis).isTrue();
            passMillis(1);
            assertThat(refusals.isWaiting()).as("after %d ms", pauseMillis).isFalse();
        }
        refuse(8, false);
        passMillis(200);
        assertThat(refusals.isWaiting()).as("another record").isFalse();
    }

    @Test
    void shouldBeOverWhenTheRefusedRecordItselfIsTaken() {
        refuse(7, true);
        assertThat(refusals.taken(7, false)).as("its event").isFalse();
        assertThat(refusals.taken(6, true)).as("the header before").isFalse();
        assertThat(refusals.isAny()).isTrue();
        assertThat(refusals.problem()).startsWith("farshore.headers refuses event 7 (too long)");

        assertThat(refusals.taken(7, true)).isTrue();
        assertThat(refusals.isAny()).isFalse();
        assertThat(refusals.isWaiting()).isFalse();
        assertThat(refusals.problem()).isEmpty();
        assertThat(refusals.taken(8, true)).as("only once").isFalse();
    }
}
