package dev.farshore.process.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.javalin.Javalin;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

class WebServerTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final AtomicInteger changes = new AtomicInteger();
    private final Javalin server =
            WebServer.create(
                    KnownHosts.with(List.of("Farshore.Example")),
                    routes -> {
                        routes.get("/thing", request -> request.result("{}"));
                        routes.post("/thing", request -> changes.incrementAndGet());
                        routes.delete("/thing", request -> changes.incrementAndGet());
                        routes.post(
                                "/broken-once",
                                request -> {
                                    if (changes.incrementAndGet() == 1) {
                                        throw new IllegalStateException("not now");
                                    }
                                });
                    });

    @BeforeEach
    void start() {
        server.start("127.0.0.1", 0);
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:1",
                "127.0.0.1",
                "[::1]:8088",
                "localhost",
                "a.localhost:80",
                "farshore.example:8088",
                "FARSHORE.EXAMPLE.",
                "10.0.0.7:80"
            })
    void shouldAnswerUnderItsOwnNamesAndAnyAddress(String host) throws Exception {
        assertThat(ask("GET /thing", "Host: " + host)).startsWith("HTTP/1.1 200");
    }

    /** As a page of that name does whose address was changed to ours while it was open. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8088",
                "127.0.0.1.evil.example",
                "xlocalhost",
                "localhost.evil.example",
                "1.2.3.4.5:1"
            })
    void shouldNotAnswerUnderTheNameOfAnother(String host) throws Exception {
        assertProblem(ask("GET /thing", "Host: " + host), 421, "http.allowedHosts");
        assertProblem(ask("POST /thing", "Host: " + host), 421, "http.allowedHosts");
        assertThat(changes).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example",
        "http://localhost:8088",
        "http://localhost:8088.evil.example",
        "http://localhost",
        "null",
        "''",
        "http://local host:1",
    })
    void shouldNotLetAPageOfAnotherChangeAnything(String origin) throws Exception {
        for (String method : List.of("POST", "DELETE")) {
            assertProblem(
                    ask(
                            method + " /thing",
                            "Host: localhost:9999",
                            "Content-Type: application/json",
                            "Origin: " + origin),
                    403,
                    "may not change anything");
        }
        assertThat(changes).hasValue(0);
    }

    /** A client that heard nothing asks again, whether or not the first request got through. */
    @Test
    void shouldCarryOutAChangeOnceHoweverOftenItIsAskedForWithOneKey() throws Exception {
        String first = ask("POST /thing", "Host: localhost", "Idempotency-Key: k1");
        String again = ask("POST /thing", "Host: localhost", "Idempotency-Key: k1");
        assertThat(first).startsWith("HTTP/1.1 200");
        assertThat(again).startsWith("HTTP/1.1 200").contains("Idempotency-Replayed: true");
        assertThat(changes).hasValue(1);

        ask("POST /thing", "Host: localhost", "Idempotency-Key: k2");
        ask("POST /thing", "Host: localhost");
        assertThat(changes).hasValue(3);
    }

    @Test
    void shouldRefuseAKeyThatWasUsedForAnotherRequest() throws Exception {
        ask("POST /thing", "Host: localhost", "Idempotency-Key: k1");
        assertProblem(
                ask("DELETE /thing", "Host: localhost", "Idempotency-Key: k1"),
                422,
                "was used for another request");
        assertThat(changes).hasValue(1);
    }

    @Test
    void shouldTryAgainWhatCouldNotBeCarriedOut() throws Exception {
        assertThat(ask("POST /broken-once", "Host: localhost", "Idempotency-Key: k1"))
                .startsWith("HTTP/1.1 500");
        assertThat(ask("POST /broken-once", "Host: localhost", "Idempotency-Key: k1"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void shouldLetItsOwnPageChangeThings() throws Exception {
        assertThat(ask("POST /thing", "Host: localhost:8088", "Origin: http://localhost:8088"))
                .startsWith("HTTP/1.1 200");
        assertThat(ask("POST /thing", "Host: Farshore.example", "Origin: https://farshore.example"))
                .startsWith("HTTP/1.1 200");
        assertThat(changes).hasValue(2);
    }

    /** What a page can send anywhere without the browser asking first. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/plain; application/json",
                "application/jsonp",
            })
    void shouldNotTakeABodyThatIsNotCalledJson(String mediaType) throws Exception {
        assertProblem(
                ask("POST /thing", "Host: localhost", "Content-Type: " + mediaType),
                415,
                "must be application/json");
        assertThat(changes).hasValue(0);
    }

    @Test
    void shouldTakeJsonWithParameters() throws Exception {
        String answer =
                ask(
                        "POST /thing",
                        "Host: localhost",
                        "Content-Type: Application/JSON; charset=utf-8");
        assertThat(answer).startsWith("HTTP/1.1 200");
    }

    @Test
    void shouldAnswerEveryErrorWithProblemDetails() throws Exception {
        assertProblem(ask("GET /nowhere", "Host: localhost"), 404, "/nowhere");
        assertProblem(ask("PATCH /thing", "Host: localhost"), 404, "/thing");
        assertProblem(ask("GET /%zz", "Host: localhost"), 400, "");
        assertProblem(ask("GET /" + "x".repeat(20_000), "Host: localhost"), 414, "");
        assertProblem(ask("GET /thing", "Host: localhost", "X: " + "x".repeat(20_000)), 431, "");
        assertProblem(ask("GET /thing"), 400, "");
        assertProblem(ask("NONSENSE\u0001 /thing", "Host: localhost"), 400, "");
        assertProblem(ask("BREW /thing", "Host: localhost"), 404, "");
    }

    @Test
    void shouldSayWhichAddressIsTakenAndNoMore() {
        Javalin second = WebServer.create(new KnownHosts(Set.of()), routes -> {});

        assertThatThrownBy(() -> WebServer.start(second, "127.0.0.1", server.port()))
                .isInstanceOf(CannotListenException.class)
                .hasMessage(
                        "can't serve HTTP on 127.0.0.1:%d: Address already in use"
                                .formatted(server.port()));
        second.stop();
    }

    @Test
    void shouldNotBeShownWithinAPageOfAnother() throws Exception {
        assertThat(ask("GET /thing", "Host: localhost"))
                .contains("X-Frame-Options: DENY")
                .contains("X-Content-Type-Options: nosniff");
    }

    private String ask(String methodAndPath, String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String request =
                    methodAndPath
                            + " HTTP/1.1\r\n"
                            + String.join(
                                    "", List.of(headers).stream().map(h -> h + "\r\n").toList())
                            + "Connection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void assertProblem(String answer, int status, String detail) throws IOException {
        assertThat(answer).startsWith("HTTP/1.1 " + status);
        assertThat(answer).containsIgnoringCase("Content-Type: application/problem+json");
        JsonNode problem = MAPPER.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("detail").asText()).isNotEmpty().contains(detail);
    }
}
