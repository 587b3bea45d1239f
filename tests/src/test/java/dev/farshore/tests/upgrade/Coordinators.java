package dev.farshore.tests.upgrade;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.coordinator.api.report.NodeReport;
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

/** Several coordinators: what is asked is answered by the first that can. */
final class Coordinators implements VolumeEndpoints, AutoCloseable {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
    private static final int FIRST_ERROR_STATUS = 400;

    private final List<URI> addresses;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
    private final JsonMapper mapper =
            Json.mapper()
                    .rebuild()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    Coordinators(List<URI> addresses) {
        this.addresses = List.copyOf(addresses);
    }

    /** The first that answers. */
    String url() {
        return addresses.stream()
                .filter(this::isReady)
                .map(URI::toString)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no coordinator answers"));
    }

    private boolean isReady(URI address) {
        try {
            return send(address, HttpRequest.newBuilder().GET(), "health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    <T> T get(String path, Class<T> type) throws IOException {
        return answer(HttpRequest.newBuilder().GET(), path, type);
    }

    <T> T send(String method, String path, Object body, Class<T> type) throws IOException {
        return answer(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                HttpRequest.BodyPublishers.ofByteArray(
                                        mapper.writeValueAsBytes(body))),
                path,
                type);
    }

    private <T> T answer(HttpRequest.Builder request, String path, Class<T> type)
            throws IOException {
        List<String> problems = new ArrayList<>();
        for (URI address : addresses) {
            try {
                HttpResponse<byte[]> response = send(address, request, "api/v1/" + path);
                if (response.statusCode() < FIRST_ERROR_STATUS) {
                    return mapper.readValue(response.body(), type);
                }
                problems.add(response.statusCode() + " " + new String(response.body()));
            } catch (IOException e) {
                problems.add(e.toString());
            }
        }
        throw new IOException(path + ": " + problems);
    }

    private HttpResponse<byte[]> send(URI address, HttpRequest.Builder request, String path)
            throws IOException {
        try {
            return http.send(
                    request.copy().uri(address.resolve(path)).timeout(ANSWER_LIMIT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    VolumeReport volume(String vvol) throws IOException {
        return get("volumes/" + vvol, VolumeReport.class);
    }

    /** Where the owner's site has a volume. */
    VolumeReport.Image image(String vvol) throws IOException {
        VolumeReport volume = volume(vvol);
        return volume.images().stream()
                .filter(image -> image.site().equals(volume.owner()))
                .findFirst()
                .orElseThrow(() -> new IOException(vvol + " has no image at its owner"));
    }

    List<NodeReport> nodes() throws IOException {
        return List.of(get("nodes", NodeReport[].class));
    }

    @Override
    public NbdUri locate(String vvol) throws IOException {
        String endpoint = image(vvol).endpoint();
        if (endpoint.isEmpty()) {
            throw new IOException(vvol + " is not served yet");
        }
        return NbdUri.parse(endpoint);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
