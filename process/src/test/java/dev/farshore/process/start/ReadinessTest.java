package dev.farshore.process.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

class ReadinessTest {
    private static final Duration SHORT = Duration.ofMillis(600);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> news = new ArrayList<>();

    @Test
    void shouldSayWhichKafkaWasTriedHowAndForHowLong() throws IOException {
        String address = "127.0.0.1:" + portNobodyListensOn();

        assertThatThrownBy(() -> KafkaReadiness.await(address, Map.of(), SHORT, news::add))
                .isInstanceOf(NotReachableException.class)
                .hasMessageMatching(
                        "Kafka is not reachable at "
                                + address
                                + ": tried \\d+ times in \\d s to connect and ask for the"
                                + " cluster's brokers\\. Last: "
                                + address
                                + ": Connection refused\\. Check .*kafka\\.bootstrapServers.*");
        assertThat(news)
                .first()
                .asString()
                .contains(address)
                .contains("Connection refused")
                .contains("will go on trying")
                .contains("for 1 s");
    }

    @Test
    void shouldSayThatABrokersNameIsUnknown() {
        assertThatThrownBy(
                        () ->
                                KafkaReadiness.await(
                                        "no-such-host.invalid:9092", Map.of(), SHORT, news::add))
                .hasMessageContaining("the name no-such-host.invalid is unknown");
    }

    @Test
    void shouldGoOnOnceItAnswers() throws Exception {
        Readiness.Target target = new Readiness.Target("It", "here", "look", "Look again.");
        AtomicInteger failures = new AtomicInteger(2);

        Readiness.await(
                target,
                LONG,
                () ->
                        failures.getAndDecrement() > 0
                                ? Optional.of("not yet there")
                                : Optional.empty(),
                news::add);

        assertThat(news).first().asString().contains("not yet there");
        assertThat(news).last().isEqualTo("It at here answers");
    }

    @Test
    void shouldEndWhenInterrupted() throws IOException {
        String address = "127.0.0.1:" + portNobodyListensOn();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> KafkaReadiness.await(address, Map.of(), LONG, news::add))
                .isInstanceOf(InterruptedException.class);
    }

    private static int portNobodyListensOn() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
