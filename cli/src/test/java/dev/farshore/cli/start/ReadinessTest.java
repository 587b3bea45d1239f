package dev.farshore.cli.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void shouldSayWhichRegistryWasTried() throws IOException {
        URI url = URI.create("http://127.0.0.1:" + portNobodyListensOn());

        assertThatThrownBy(() -> RegistryReadiness.await(url, SHORT, news::add))
                .isInstanceOf(NotReachableException.class)
                .hasMessageContaining("The schema registry is not reachable at " + url)
                .hasMessageContaining("GET " + url + "/subjects")
                .hasMessageContaining("no connection");
    }

    @Test
    void shouldExplainAServerThatIsNoRegistry() throws IOException {
        HttpServer server = server(404, new AtomicInteger(Integer.MAX_VALUE));
        try {
            assertThatThrownBy(() -> RegistryReadiness.await(url(server), SHORT, news::add))
                    .hasMessageContaining("the path is not Confluent's API");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void shouldGoOnOnceTheRegistryAnswers() throws Exception {
        HttpServer server = server(503, new AtomicInteger(2));
        try {
            RegistryReadiness.await(url(server), LONG, news::add);
        } finally {
            server.stop(0);
        }
        assertThat(news).first().asString().contains("status 503");
        assertThat(news).last().asString().endsWith(" answers");
    }

    @Test
    void shouldEndWhenInterrupted() throws IOException {
        String address = "127.0.0.1:" + portNobodyListensOn();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> KafkaReadiness.await(address, Map.of(), LONG, news::add))
                .isInstanceOf(InterruptedException.class);
    }

    /** Answers {@code status} so many times, then 200. */
    private static HttpServer server(int status, AtomicInteger times) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(times.getAndDecrement() > 0 ? status : 200, -1);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static URI url(HttpServer server) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static int portNobodyListensOn() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
