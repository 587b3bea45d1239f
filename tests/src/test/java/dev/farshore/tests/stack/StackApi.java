package dev.farshore.tests.stack;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.process.http.Json;
import dev.farshore.testkit.workload.VolumeEndpoints;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the stack over the host ports it publishes: coordinators, the first that answers, and
 * Prometheus.
 */
final class StackApi implements VolumeEndpoints, AutoCloseable {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int FIRST_ERROR_STATUS = 400;

    private final ComposeStack stack;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
    private final JsonMapper mapper =
            Json.mapper()
                    .rebuild()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    StackApi(ComposeStack stack) {
        this.stack = stack;
    }

    <T> T get(String path, Class<T> type) throws IOException {
        return answer(HttpRequest.newBuilder().GET(), path, type);
    }

    <T> T post(String path, Object body, Class<T> type) throws IOException {
        return answer(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        mapper.writeValueAsBytes(body))),
                path,
                type);
    }

    VolumeReport volume(String vvol) throws IOException {
        return get("volumes/" + vvol, VolumeReport.class);
    }

    List<LagReport> lag() throws IOException {
        return List.of(get("lag", LagReport[].class));
    }

    /** At the node that serves it, by the port that this host has for it. */
    @Override
    public NbdUri locate(String vvol) throws IOException {
        return at(servingNode(vvol), vvol);
    }

    /** The node of the owner's site that serves it. */
    String servingNode(String vvol) throws IOException {
        VolumeReport volume = volume(vvol);
        return volume.images().stream()
                .filter(image -> image.site().equals(volume.owner()))
                .filter(image -> !image.endpoint().isEmpty())
                .map(VolumeReport.Image::node)
                .findFirst()
                .orElseThrow(() -> new IOException(vvol + " is not served yet"));
    }

    NbdUri at(String node, String export) {
        return NbdUri.parse("nbd://127.0.0.1:%d/%s".formatted(stack.nbdPort(node), export));
    }

    /** What Prometheus answers to an expression, as of now: the result's samples. */
    JsonNode query(String expression) throws IOException {
        JsonNode answer =
                prometheus("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        return answer.path("data").path("result");
    }

    JsonNode prometheus(String path) throws IOException {
        HttpResponse<byte[]> response =
                send(
                        HttpRequest.newBuilder().GET(),
                        URI.create(
                                "http://127.0.0.1:%d/api/v1/%s"
                                        .formatted(stack.prometheusPort(), path)));
        if (response.statusCode() != OK) {
            throw new IOException(
                    path + ": " + new String(response.body(), StandardCharsets.UTF_8));
        }
        return mapper.readTree(response.body());
    }

    private <T> T answer(HttpRequest.Builder request, String path, Class<T> type)
            throws IOException {
        List<String> problems = new ArrayList<>();
        for (int port : stack.coordinatorPorts()) {
            try {
                HttpResponse<byte[]> response =
                        send(
                                request,
                                URI.create("http://127.0.0.1:%d/api/v1/%s".formatted(port, path)));
                if (response.statusCode() < FIRST_ERROR_STATUS) {
                    return mapper.readValue(response.body(), type);
                }
                problems.add(
                        response.statusCode()
                                + " "
                                + new String(response.body(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                problems.add(e.toString());
            }
        }
        throw new IOException(path + ": " + problems);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, URI uri) throws IOException {
        try {
            return http.send(
                    request.copy().uri(uri).timeout(ANSWER_LIMIT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
