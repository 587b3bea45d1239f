package dev.farshore.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;

class LiveViewTest {
    private final StringWriter out = new StringWriter();

    @Test
    void shouldWriteOneLineOverOnATerminal() {
        LiveView view = new LiveView(new PrintWriter(out), true);
        view.show(frame(1000));
        view.show(frame(1500));
        view.news("Moving.");

        assertThat(out.toString().split("\n", -1)).hasSize(2);
        assertThat(out.toString()).endsWith("\r\033[KMoving.\n");
    }

    @Test
    void shouldWriteALineNowAndThenElsewhere() {
        LiveView view = new LiveView(new PrintWriter(out), false);
        for (int millis = 0; millis < 10_000; millis += 500) {
            view.show(frame(millis));
        }

        assertThat(out.toString()).doesNotContain("\033");
        assertThat(out.toString().lines()).hasSize(5);
    }

    @Test
    void shouldShowRateLagPhaseAndSite() {
        assertThat(frame(12_000).toString())
                .contains(" 12/30 s")
                .contains("b: sealing")
                .contains("1,234 writes/s")
                .contains("17.5 MB/s")
                .contains("lag     89 ms")
                .contains("5,678 flushes checked");
    }

    private static LiveView.Frame frame(long millis) {
        return new LiveView.Frame(
                Duration.ofMillis(millis),
                Duration.ofSeconds(30),
                "b",
                "sealing",
                1234,
                17.5,
                89,
                5678);
    }
}
