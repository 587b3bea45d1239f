package dev.farshore.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.clock.ProcessIdentity;
import dev.farshore.schemas.event.ClockReading;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

class NameClaimTest {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final NameClaim claim = claim("p1", "host-1");
    private final List<String> news = new ArrayList<>();

    @Test
    void shouldRefuseToStartWhileAProcessOnAnotherHostSpeaksUnderTheName() {
        Iterator<ClockReading> said =
                List.of(said("p2", "host-2", 1), said("p2", "host-2", 2)).iterator();

        assertThatThrownBy(
                        () ->
                                claim.awaitFree(
                                        () ->
                                                Optional.of(
                                                        said.hasNext()
                                                                ? said.next()
                                                                : said("p2", "host-2", 2)),
                                        news::add))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("node a-1 of site a is in use")
                .hasMessageContaining("host host-2, data folder /data");
        assertThat(news).singleElement().asString().contains("host-2");
    }

    @Test
    void shouldStartWhenTheOtherIsSilent() {
        assertThatCode(() -> claim.awaitFree(() -> Optional.of(said("p2", "host-2", 1)), news::add))
                .doesNotThrowAnyException();
        assertThat(news).hasSize(1);
    }

    @Test
    void shouldStartAtOnceAfterAProcessOfItsOwnFolderOrOneThatHasSaidThatItStops()
            throws Exception {
        claim.awaitFree(Optional::empty, news::add);
        claim.awaitFree(() -> Optional.of(said("p2", "host-1", 1)), news::add);
        claim.awaitFree(() -> Optional.of(said("", "", 1)), news::add);

        assertThat(news).isEmpty();
    }

    @Test
    void shouldEndExactlyTheLaterOfTwoThatRun() {
        NameClaim other = claim("p2", "host-2");
        // By its own clock the other started before; by Kafka's a second later.
        ClockReading ours = reading("p1", "host-1", 100_000_000, 5_000_000, 10_000_000);
        ClockReading theirs = reading("p2", "host-2", 3_000_000, 102_000_000, 9_000_000);

        claim.heard(theirs, Optional.of(ours));
        other.heard(ours, Optional.of(theirs));

        assertThat(claim.lost()).isNotDone();
        assertThat(other.lost())
                .isCompletedWithValueMatching(reason -> reason.contains("host host-1"));
    }

    @Test
    void shouldNotHeedWhatTheProcessBeforeItHasLeftInTheTopic() {
        ClockReading ours = reading("p1", "host-1", 100_000_000, 0, 10_000_000);
        ClockReading before = reading("p2", "host-1", 91_000_000, 0, 60_000_000);

        claim.heard(before, Optional.of(ours));

        assertThat(claim.lost()).isNotDone();
    }

    @Test
    void shouldNotHeedItselfNorVersionsThatDoNotSayWhoTheyAre() {
        ClockReading ours = reading("p1", "host-1", 10, 0, 5);

        claim.heard(ours, Optional.of(ours));
        claim.heard(reading("", "", 1, 0, 0), Optional.of(ours));
        claim.heard(reading("p2", "host-2", 1, 0, 5), Optional.empty());

        assertThat(claim.lost()).isNotDone();
    }

    private static NameClaim claim(String process, String host) {
        return new NameClaim(
                "a",
                "a-1",
                new ProcessIdentity(process, host, "/data", "1", 0),
                PATIENCE,
                System::nanoTime);
    }

    private static ClockReading said(String process, String host, long micros) {
        return reading(process, host, micros, 0, 0);
    }

    private static ClockReading reading(
            String process, String host, long micros, long kafkaAheadMicros, long uptimeMicros) {
        return new ClockReading(
                "a",
                "a-1",
                micros,
                kafkaAheadMicros,
                1L,
                List.of(),
                process,
                host,
                "/data",
                uptimeMicros,
                List.of(),
                0L,
                "",
                List.of(),
                List.of(),
                List.of());
    }
}
