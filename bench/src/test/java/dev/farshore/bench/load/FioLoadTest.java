package dev.farshore.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;

class FioLoadTest {
    private static final String OUTPUT =
            """
            note: both iodepth >= 1 and synchronous I/O engine are selected
            {"jobs": [{"error": %d,
              "read": {"iops": 700.5},
              "write": {"iops": 300.25, "clat_ns": {"percentile":
                {"50.000000": 52000, "99.000000": 1040000}}}}]}
            """;

    @Test
    void shouldReadWhatFioPrintsBehindItsWarnings() throws IOException {
        LoadResult result = FioLoad.parse(OUTPUT.formatted(0));

        assertThat(result.perSecond()).isEqualTo(1000.75);
        assertThat(result.p50Micros()).isEqualTo(52);
        assertThat(result.p99Micros()).isEqualTo(1040);
    }

    @Test
    void shouldNotTakeAFigureThatHidesErrors() {
        assertThatThrownBy(() -> FioLoad.parse(OUTPUT.formatted(5)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("error");
    }
}
