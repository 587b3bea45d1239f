package dev.farshore.cli.command;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.process.http.Json;
import dev.farshore.process.http.Problem;
import dev.farshore.schemas.failure.Reason;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Asks a coordinator, or a node, which speaks the same way. */
final class CoordinatorClient implements AutoCloseable {
    private static final String API = "api/v1/";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
    private static final int FIRST_ERROR_STATUS = 400;

    private final URI base;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .connectTimeout(CONNECT_TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NORMAL)
                    .build();

    /** Lenient, unlike the coordinator: a newer one may tell more than is known here. */
    private final JsonMapper mapper =
            Json.mapper()
                    .rebuild()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    CoordinatorClient(URI base) {
        this.base = base.toString().endsWith("/") ? base : URI.create(base + "/");
    }

    /** A name as a part of a path. */
    static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    <T> T get(String path, Class<T> type) throws InterruptedException {
        return ask(request(path).GET().build(), mapper.constructType(type));
    }

    <T> List<T> list(String path, Class<T> type) throws InterruptedException {
        return ask(
                request(path).GET().build(),
                mapper.getTypeFactory().constructCollectionType(List.class, type));
    }

    <T> T post(String path, Object body, Class<T> type) throws InterruptedException {
        return send("POST", path, body, type);
    }

    <T> T put(String path, Object body, Class<T> type) throws InterruptedException {
        return send("PUT", path, body, type);
    }

    <T> T delete(String path, Class<T> type) throws InterruptedException {
        return change(request(path).DELETE(), mapper.constructType(type));
    }

    <T> T patch(String path, Object body, Class<T> type) throws InterruptedException {
        return send("PATCH", path, body, type);
    }

    private <T> T send(String method, String path, Object body, Class<T> type)
            throws InterruptedException {
        try {
            return change(
                    request(path)
                            .header("Content-Type", "application/json")
                            .method(
                                    method,
                                    BodyPublishers.ofByteArray(mapper.writeValueAsBytes(body))),
                    mapper.constructType(type));
        } catch (JacksonException e) {
            throw new IllegalStateException("cannot be written as JSON: " + body, e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(API + path)).timeout(REQUEST_TIMEOUT);
    }

    /** The key lets the coordinator carry it out once, however often it is sent. */
    private <T> T change(HttpRequest.Builder request, JavaType type) throws InterruptedException {
        return ask(request.header("Idempotency-Key", UUID.randomUUID().toString()).build(), type);
    }

    /** Asks once more when no answer came: the first request may have got through, or not. */
    private HttpResponse<byte[]> send(HttpRequest request)
            throws IOException, InterruptedException {
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return http.send(request, BodyHandlers.ofByteArray());
        }
    }

    private <T> T ask(HttpRequest request, JavaType type) throws InterruptedException {
        HttpResponse<byte[]> response;
        try {
            response = send(request);
        } catch (IOException e) {
            throw CoordinatorException.unreachable(
                    "no answer from the coordinator at %s (%s). Is it running there? --coordinator"
                                    .formatted(base, Reason.of(e))
                            + " or FARSHORE_COORDINATOR names another.",
                    e);
        }
        if (response.statusCode() >= FIRST_ERROR_STATUS) {
            throw CoordinatorException.answered(explain(response));
        }
        try {
            return mapper.readValue(response.body(), type);
        } catch (IOException e) {
            throw CoordinatorException.answered(
                    "%s does not answer like a coordinator: %s".formatted(request.uri(), e));
        }
    }

    private String explain(HttpResponse<byte[]> response) {
        String contentType = response.headers().firstValue("Content-Type").orElse("");
        if (contentType.startsWith(Problem.MEDIA_TYPE)) {
            try {
                Problem problem = mapper.readValue(response.body(), Problem.class);
                return "%s: %s".formatted(problem.title(), problem.detail());
            } catch (IOException e) {
                return "HTTP %d with problem details that cannot be read (%s)"
                        .formatted(response.statusCode(), e);
            }
        }
        return "%s answered HTTP %d, and not as a coordinator does"
                .formatted(response.uri(), response.statusCode());
    }
}
