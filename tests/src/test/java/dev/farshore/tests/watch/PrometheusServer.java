package dev.farshore.tests.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.FreePorts;
import dev.farshore.tests.support.RealTools;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** A real Prometheus that scrapes every two seconds and waits four before an alert fires. */
final class PrometheusServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    private final ChildProgram program;
    private final URI api;
    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonMapper mapper = new JsonMapper();

    /**
     * @param nodes ports on loopback
     */
    PrometheusServer(Path folder, List<Integer> nodes, int coordinator) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("rules.yaml"),
                Files.readString(AlertRules.FILE).replaceAll("(?m)^( +for): .*$", "$1: 4s"));
        Files.writeString(
                folder.resolve("prometheus.yml"),
                """
                global:
                  scrape_interval: 2s
                  scrape_timeout: 2s
                  evaluation_interval: 1s
                rule_files: [rules.yaml]
                scrape_configs:
                  - job_name: farshore-node
                    static_configs:
                      - targets: [%s]
                  - job_name: farshore-coordinator
                    static_configs:
                      - targets: ["127.0.0.1:%d"]
                """
                        .formatted(
                                String.join(
                                        ", ",
                                        nodes.stream()
                                                .map(port -> "\"127.0.0.1:" + port + "\"")
                                                .toList()),
                                coordinator));
        int port = FreePorts.find(1).getFirst();
        api = URI.create("http://127.0.0.1:" + port + "/api/v1/");
        program =
                ChildProgram.start(
                        folder.resolve("output.log"),
                        List.of(
                                RealTools.require("prometheus").toString(),
                                "--config.file=" + folder.resolve("prometheus.yml"),
                                "--storage.tsdb.path=" + folder.resolve("data"),
                                "--web.listen-address=127.0.0.1:" + port));
        program.awaitOutput("Server is ready to receive web requests", START_LIMIT);
    }

    /** What fires now: names of alerts, each with the site or instance that it is about. */
    SortedSet<String> firing() throws IOException {
        SortedSet<String> firing = new TreeSet<>();
        for (JsonNode alert : get("alerts").path("data").path("alerts")) {
            if (alert.path("state").asText().equals("firing")) {
                JsonNode labels = alert.path("labels");
                String about = labels.path("site").asText(labels.path("instance").asText(""));
                firing.add(labels.path("alertname").asText() + " " + about);
            }
        }
        return firing;
    }

    /** The value of an expression that has one; NaN where it has none. */
    double value(String expression) throws IOException {
        JsonNode result =
                get("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                        .path("data")
                        .path("result");
        return result.isEmpty()
                ? Double.NaN
                : Double.parseDouble(result.path(0).path("value").path(1).asText());
    }

    private JsonNode get(String path) throws IOException {
        try {
            HttpResponse<String> answer =
                    http.send(
                            HttpRequest.newBuilder(api.resolve(path)).timeout(ANSWER_LIMIT).build(),
                            HttpResponse.BodyHandlers.ofString());
            return mapper.readTree(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        program.close();
        http.shutdownNow();
    }
}
