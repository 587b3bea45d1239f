package dev.farshore.tests.support;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.process.http.Json;
import dev.farshore.testkit.workload.VolumeEndpoints;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The REST API of coordinators. What is asked is answered by the first that can. */
public final class CoordinatorApi implements VolumeEndpoints, AutoCloseable {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final int FIRST_ERROR_STATUS = 400;
    private static final int OK = 200;

    private final List<URI> coordinators;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
    private final JsonMapper mapper =
            Json.mapper()
                    .rebuild()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    /** Thrown when none answers. */
    public static final class NoAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        NoAnswerException(String message) {
            super(message);
        }
    }

    /**
     * @param ports of all, on loopback
     */
    public CoordinatorApi(List<Integer> ports) {
        coordinators =
                ports.stream()
                        .map(port -> URI.create("http://127.0.0.1:%d/".formatted(port)))
                        .toList();
    }

    public boolean isOneReady() {
        return coordinators.stream().anyMatch(this::isReady);
    }

    public boolean areAllReady() {
        return coordinators.stream().allMatch(this::isReady);
    }

    private boolean isReady(URI coordinator) {
        try {
            return ask(coordinator, HttpRequest.newBuilder().GET(), "health").statusCode() == OK;
        } catch (IOException e) {
            return false;
        }
    }

    public <T> T get(String path, Class<T> type) throws IOException {
        return answer(HttpRequest.newBuilder().GET(), path, type);
    }

    public <T> T post(String path, Object body, Class<T> type) throws IOException {
        return answer(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        mapper.writeValueAsBytes(body))),
                path,
                type);
    }

    private <T> T answer(HttpRequest.Builder request, String path, Class<T> type)
            throws IOException {
        List<String> problems = new ArrayList<>();
        for (URI coordinator : coordinators) {
            try {
                HttpResponse<byte[]> response = ask(coordinator, request, "api/v1/" + path);
                if (response.statusCode() < FIRST_ERROR_STATUS) {
                    return mapper.readValue(response.body(), type);
                }
                problems.add(response.statusCode() + " " + new String(response.body()));
            } catch (IOException e) {
                problems.add(e.toString());
            }
        }
        throw new NoAnswerException(path + ": " + problems);
    }

    private HttpResponse<byte[]> ask(URI coordinator, HttpRequest.Builder request, String path)
            throws IOException {
        try {
            return http.send(
                    request.copy().uri(coordinator.resolve(path)).timeout(ANSWER_LIMIT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    public VolumeReport volume(String vvol) throws IOException {
        return get("volumes/" + vvol, VolumeReport.class);
    }

    @Override
    public NbdUri locate(String vvol) throws IOException {
        VolumeReport volume = volume(vvol);
        return NbdUri.parse(
                volume.images().stream()
                        .filter(image -> image.site().equals(volume.owner()))
                        .map(VolumeReport.Image::endpoint)
                        .filter(endpoint -> !endpoint.isEmpty())
                        .findFirst()
                        .orElseThrow(() -> new IOException(vvol + " is not served yet")));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
