package dev.farshore.apply.site;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

import java.time.Duration;

class ThreadFailuresTest {
    private long nowNanos = Long.MAX_VALUE - 5; // it wraps
    private final ThreadFailures failures = new ThreadFailures(() -> nowNanos);

    private Object die() {
        nowNanos += Duration.ofSeconds(1).toNanos();
        return failures.handle(new StreamsException("a fault"));
    }

    @Test
    void shouldReplaceThreadsUntilTooManyHaveDied() {
        for (int death = 0; death < 10; death++) {
            assertThat(die()).isEqualTo(REPLACE_THREAD);
        }
        assertThat(die()).isEqualTo(SHUTDOWN_CLIENT);
        assertThat(failures.isFatal()).as("another run may do better").isFalse();
        assertThat(failures.lastReason()).contains("a fault");
    }

    @Test
    void shouldForgetDeathsOfLongAgo() {
        for (int death = 0; death < 30; death++) {
            nowNanos += Duration.ofMinutes(1).toNanos();
            assertThat(die()).isEqualTo(REPLACE_THREAD);
        }
    }

    @Test
    void shouldNotGoOnAfterAnError() {
        assertThat(failures.handle(new StreamsException(new StackOverflowError())))
                .isEqualTo(SHUTDOWN_CLIENT);
        assertThat(failures.isFatal()).isTrue();
    }
}
