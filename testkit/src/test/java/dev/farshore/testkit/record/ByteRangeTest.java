package dev.farshore.testkit.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class ByteRangeTest {
    @Test
    void shouldMakeOneOfRangesThatTouchOrOverlap() {
        assertThat(
                        ByteRange.union(
                                List.of(
                                        new ByteRange(100, 50),
                                        new ByteRange(0, 10),
                                        new ByteRange(10, 5),
                                        new ByteRange(120, 10),
                                        new ByteRange(140, 20))))
                .containsExactly(new ByteRange(0, 15), new ByteRange(100, 60));
    }
}
