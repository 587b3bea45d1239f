package dev.farshore.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The genuine Confluent client against a server that answers as a registry does. */
class RegistryConnectionTest {

    /** A rule and a schema for each topic. */
    private static final int REQUESTS = 2 * ValueSchemas.BY_TOPIC.size();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final AtomicInteger failuresLeft = new AtomicInteger();
    private volatile int failure = 503;
    private HttpServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        authorizations.add(authorization == null ? "" : authorization);
        exchange.getRequestBody().readAllBytes();
        if (failuresLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            reply(
                    exchange,
                    failure,
                    "{\"error_code\": %d, \"message\": \"not now\"}".formatted(failure));
        } else if (exchange.getRequestMethod().equals("PUT")) {
            reply(exchange, 200, "{\"compatibility\": \"BACKWARD\"}");
        } else {
            reply(exchange, 200, "{\"id\": 5}");
        }
    }

    private static void reply(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void shouldSetTheRuleBeforeItRegisters() throws Exception {
        try (var connection = RegistryConnection.open(url(), Duration.ofSeconds(20))) {
            assertThat(connection.serdes()).isNotNull();
        }

        assertThat(requests)
                .startsWith(
                        "PUT /config/farshore.writes-value",
                        "POST /subjects/farshore.writes-value/versions")
                .hasSize(REQUESTS);
    }

    @Test
    void shouldTryAgainWhileTheRegistryIsNotReady() throws Exception {
        failuresLeft.set(2);

        try (var connection = RegistryConnection.open(url(), Duration.ofSeconds(20))) {
            assertThat(connection.serdes()).isNotNull();
        }
        assertThat(requests).hasSize(REQUESTS + 2);
    }

    @Test
    void shouldRegisterFirstWhereTheSubjectMustExistForARule() throws Exception {
        failure = 404;
        failuresLeft.set(1);

        RegistryConnection.open(url(), Duration.ofSeconds(20)).close();

        assertThat(requests)
                .startsWith(
                        "PUT /config/farshore.writes-value",
                        "POST /subjects/farshore.writes-value/versions",
                        "PUT /config/farshore.writes-value")
                .hasSize(REQUESTS + 1);
    }

    @Test
    void shouldGiveUpAtOnceWhenItIsRefused() {
        failure = 401;
        failuresLeft.set(100);

        assertThatThrownBy(() -> RegistryConnection.open(url(), Duration.ofMinutes(5)))
                .isInstanceOf(RegistryException.class)
                .isNotInstanceOf(RegistryUnreachableException.class)
                .hasMessageContaining("refuses to register farshore.writes-value");
        assertThat(requests).hasSize(1);
    }

    @Test
    void shouldSayWhichAddressItTriedAndForHowLong() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        assertThatThrownBy(
                        () ->
                                RegistryConnection.open(
                                        "http://127.0.0.1:" + port, Duration.ofMillis(1500)))
                .isInstanceOf(RegistryUnreachableException.class)
                .hasMessageContaining("http://127.0.0.1:" + port)
                .hasMessageContaining("tries over 1 s")
                .hasMessageContaining("Connection refused");
    }

    @Test
    void shouldSendTheCredentialsItWasGiven() throws Exception {
        Map<String, String> config =
                Map.of(
                        "basic.auth.credentials.source",
                        "USER_INFO",
                        "basic.auth.user.info",
                        "farshore:secret");

        RegistryConnection.open(url(), config, Duration.ofSeconds(20)).close();

        assertThat(authorizations).isNotEmpty().allMatch(header -> header.startsWith("Basic "));
    }
}
