package dev.farshore.testkit.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashMap;
import java.util.Map;

class DatabaseSourceTest {
    private static final int OPERATIONS = 100_000;

    @ParameterizedTest
    @ValueSource(longs = {DatabaseSource.MIN_BYTES, (1L << 30) - 512, (32L << 30) - 512})
    void shouldStayInTheVolumeAndInWholeSectors(long usableBytes) {
        DatabaseSource source = new DatabaseSource(usableBytes, 1, 0);
        for (int operation = 0; operation < OPERATIONS; operation++) {
            Operation next = source.next(0).operation();
            assertThat(next.start()).isNotNegative();
            assertThat(next.end()).isLessThanOrEqualTo(usableBytes);
            assertThat(next.start() % 512).isZero();
            assertThat(next.end() % 512).isZero();
            assertThat(next instanceof Operation.Flush || next.end() > next.start()).isTrue();
        }
    }

    @Test
    void shouldDoAllKindsOfThings() {
        DatabaseSource source = new DatabaseSource(1L << 30, 1, 0);
        Map<Class<?>, Integer> kinds = new HashMap<>();
        Map<Long, Integer> pages = new HashMap<>();
        int unaligned = 0;
        int large = 0;
        for (int operation = 0; operation < OPERATIONS; operation++) {
            Operation next = source.next(0).operation();
            kinds.merge(next.getClass(), 1, Integer::sum);
            if (next instanceof Operation.Write write) {
                unaligned += write.offset() % 4096 != 0 ? 1 : 0;
                large += write.length() == 1 << 20 ? 1 : 0;
                if (write.length() == 4096) {
                    pages.merge(write.offset(), 1, Integer::sum);
                }
            }
        }

        assertThat(kinds.keySet())
                .containsExactlyInAnyOrder(Operation.class.getPermittedSubclasses());
        assertThat(kinds.values()).allSatisfy(count -> assertThat(count).isGreaterThan(100));
        assertThat(unaligned).isGreaterThan(1000);
        assertThat(large).isGreaterThan(100);
        // Hot pages: far more often than evenly, and many others all the same.
        assertThat(pages.values().stream().mapToInt(Integer::intValue).max().orElse(0))
                .isGreaterThan(500);
        assertThat(pages).hasSizeGreaterThan(10_000);
    }

    @Test
    void shouldRepeatItselfWithTheSameSeed() {
        DatabaseSource one = new DatabaseSource(1L << 30, 42, 0);
        DatabaseSource same = new DatabaseSource(1L << 30, 42, 0);
        DatabaseSource other = new DatabaseSource(1L << 30, 43, 0);
        boolean differs = false;
        for (int operation = 0; operation < 1000; operation++) {
            Operation next = one.next(0).operation();
            assertThat(same.next(0).operation()).isEqualTo(next);
            differs |= !other.next(0).operation().equals(next);
        }
        assertThat(differs).isTrue();
    }

    @Test
    void shouldKeepItsRateAndNotMakeUpForAPause() {
        DatabaseSource source = new DatabaseSource(1L << 30, 1, 1000);
        long second = 1_000_000_000L;

        assertThat(source.next(0).dueNs()).isEqualTo(second / 1000);
        assertThat(source.next(0).dueNs()).isEqualTo(2 * second / 1000);
        long afterPauseNs = source.next(10 * second).dueNs();
        assertThat(afterPauseNs).isBetween(9_900_000_000L, 10 * second);
    }

    @Test
    void shouldRefuseAVolumeTooSmallForIt() {
        assertThatThrownBy(() -> new DatabaseSource(1 << 20, 1, 0))
                .hasMessageContaining("too small");
    }
}
