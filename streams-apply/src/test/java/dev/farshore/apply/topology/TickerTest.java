package dev.farshore.apply.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class TickerTest {
    private static final Duration INTERVAL = Duration.ofMillis(10);

    private final MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
    private long nowNanos;
    private int ticks;
    private Ticker.Need need = Ticker.Need.HURRY;
    private final Ticker ticker =
            new Ticker(
                    INTERVAL,
                    () -> {
                        ticks++;
                        return need;
                    },
                    () -> nowNanos);

    @BeforeEach
    void start() {
        ticker.start(context);
    }

    private List<CapturedPunctuator> scheduled() {
        return context.scheduledPunctuators().stream().filter(p -> !p.cancelled()).toList();
    }

    private void punctuate(Ticker.Need newNeed) {
        need = newNeed;
        scheduled().getFirst().getPunctuator().punctuate(0);
    }

    @Test
    void shouldHardlyLookAtRestUntilTheNextRecord() {
        punctuate(Ticker.Need.REST);
        assertThat(scheduled())
                .singleElement()
                .matches(p -> p.getInterval().equals(Ticker.REST_INTERVAL));

        ticker.onRecord();
        assertThat(scheduled()).singleElement().matches(p -> p.getInterval().equals(INTERVAL));
    }

    @Test
    void shouldPutThePunctuationOffWhileRecordsBringTheTime() {
        CapturedPunctuator first = scheduled().getFirst();
        ticker.onRecord();
        assertThat(ticks).isZero();
        assertThat(first.cancelled()).isFalse();

        nowNanos += INTERVAL.toNanos() / 2;
        ticker.onRecord();
        assertThat(ticks).isEqualTo(1);
        assertThat(first.cancelled()).isTrue();
        assertThat(scheduled()).hasSize(1);
    }

    @Test
    void shouldLookSeldomAtWhatTakesItsTime() {
        punctuate(Ticker.Need.WATCH);
        assertThat(scheduled())
                .singleElement()
                .matches(p -> p.getInterval().equals(Ticker.WATCH_INTERVAL));
        punctuate(Ticker.Need.HURRY);
        assertThat(scheduled()).singleElement().matches(p -> p.getInterval().equals(INTERVAL));
    }
}
