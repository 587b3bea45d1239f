package dev.farshore.tests.cluster;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.cli.Main;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.process.http.Json;
import dev.farshore.testkit.embedded.EmbeddedCluster;
import dev.farshore.testkit.workload.VolumeEndpoints;
import dev.farshore.tests.support.ChildProgram;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Two coordinators as processes. What is asked is answered by the first that can. */
final class CoordinatorPair implements VolumeEndpoints, AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final int FIRST_ERROR_STATUS = 400;
    private final List<Member> members = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_LIMIT).build();
    private final JsonMapper mapper =
            Json.mapper()
                    .rebuild()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    /** One of them, which can be killed, paused and started again. */
    private static final class Member {
        private final Path folder;
        private final URI api;
        private int starts;
        private ChildProgram program;

        Member(Path folder, URI api) throws IOException {
            this.folder = folder;
            this.api = api;
            start();
        }

        void start() throws IOException {
            program =
                    ChildProgram.java(
                            folder.resolve("output-%d.log".formatted(++starts)),
                            Main.class,
                            "coordinator",
                            "--config",
                            folder.resolve("coordinator.yaml").toString());
        }
    }

    /** Thrown when none answers. */
    static final class NoAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        NoAnswerException(String message) {
            super(message);
        }
    }

    CoordinatorPair(Path folder, EmbeddedCluster cluster, List<Integer> ports, List<String> sites)
            throws IOException {
        for (int port : ports) {
            Path own = Files.createDirectories(folder.resolve("coordinator-" + port));
            Files.writeString(
                    own.resolve("coordinator.yaml"),
                    """
                    kafka:
                      bootstrapServers: [%s]
                    registry:
                      url: %s
                    http:
                      port: %d
                    sites: [%s]
                    topics:
                      partitions: 4
                      replicationFactor: 3
                    """
                            .formatted(
                                    cluster.bootstrapServers().replace(",", ", "),
                                    cluster.registryUrl(),
                                    port,
                                    String.join(", ", sites)));
            members.add(new Member(own, URI.create("http://127.0.0.1:%d/".formatted(port))));
        }
        await().atMost(START_LIMIT).until(() -> members.stream().allMatch(this::isReady));
    }

    /** Returns when one of them answers. */
    void awaitAnswer() {
        await().atMost(START_LIMIT).until(() -> members.stream().anyMatch(this::isReady));
    }

    private boolean isReady(Member member) {
        try {
            return ask(member, HttpRequest.newBuilder().GET(), "health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    void kill(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("KILL");
    }

    void start(int which) throws IOException {
        members.get(which).start();
    }

    void pause(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("STOP");
    }

    void resume(int which) throws IOException, InterruptedException {
        members.get(which).program.signal("CONT");
    }

    /** All that one printed since it was started last. */
    String output(int which) {
        return members.get(which).program.output();
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

    private <T> T answer(HttpRequest.Builder request, String path, Class<T> type)
            throws IOException {
        List<String> problems = new ArrayList<>();
        for (Member member : members) {
            try {
                HttpResponse<byte[]> response = ask(member, request, "api/v1/" + path);
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

    private HttpResponse<byte[]> ask(Member member, HttpRequest.Builder request, String path)
            throws IOException {
        try {
            return http.send(
                    request.copy().uri(member.api.resolve(path)).timeout(ANSWER_LIMIT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    VolumeReport volume(String vvol) throws IOException {
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
        members.forEach(member -> member.program.close());
        http.shutdownNow();
    }
}
