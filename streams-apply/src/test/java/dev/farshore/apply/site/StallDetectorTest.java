package dev.farshore.apply.site;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class StallDetectorTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private long read;
    private boolean isKafkaThere = true;
    private long nowNanos;
    private final StallDetector standstill =
            new StallDetector(() -> read, () -> isKafkaThere, Duration.ofSeconds(60));

    /** Looks once a second. Returns after how many seconds it was found to stand still. */
    private int look(int seconds) {
        for (int second = 1; second <= seconds; second++) {
            nowNanos += SECOND;
            if (standstill.look(nowNanos)) {
                return second;
            }
        }
        return -1;
    }

    @Test
    void shouldFindThatNothingIsReadThoughKafkaAnswers() {
        assertThat(look(100)).isEqualTo(61);
    }

    @Test
    void shouldNotTakeAnOutageForIt() {
        isKafkaThere = false;
        assertThat(look(1000)).isEqualTo(-1);
        isKafkaThere = true;
        assertThat(look(50)).as("the group needs some time afterwards").isEqualTo(-1);
    }

    @Test
    void shouldNotTakeALongRestoreForIt() {
        for (int minute = 0; minute < 10; minute++) {
            read++;
            assertThat(look(55)).isEqualTo(-1);
        }
    }

    @Test
    void shouldBeginAnewWhenItRan() {
        assertThat(look(55)).isEqualTo(-1);
        standstill.isRunning();
        assertThat(look(55)).isEqualTo(-1);
    }
}
