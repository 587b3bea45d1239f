package dev.farshore.process.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.http.WebServer;

import io.javalin.Javalin;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

class ProcessMetricsTest {
    private final ProcessMetrics metrics =
            new ProcessMetrics(Labels.of("site", "la", "node", "la-1"), Map.of());
    private final Javalin server =
            WebServer.create(
                    KnownHosts.with(List.of()), routes -> routes.get("/metrics", metrics::scrape));

    @BeforeEach
    void start() {
        server.start("127.0.0.1", 0);
    }

    @AfterEach
    void stop() {
        server.stop();
        metrics.close();
    }

    private HttpResponse<byte[]> scrape(String query, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/metrics" + query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static String unzipped(byte[] zipped) throws IOException {
        return text(new GZIPInputStream(new ByteArrayInputStream(zipped)).readAllBytes());
    }

    @Test
    void shouldTellOfTheBuildAndTheJvm() throws Exception {
        HttpResponse<byte[]> answer = scrape("");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/plain; version=0.0.4");
        assertThat(text(answer.body()))
                .contains("farshore_build_info{node=\"la-1\",site=\"la\",version=\"")
                .contains("jvm_memory_used_bytes{area=\"heap\"}")
                .contains("process_cpu_seconds_total");
    }

    @Test
    void shouldSendWhatTheScraperAccepts() throws Exception {
        HttpResponse<byte[]> answer =
                scrape(
                        "",
                        "Accept",
                        "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
                        "Accept-Encoding",
                        "gzip");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(unzipped(answer.body())).contains("jvm_threads_current").endsWith("# EOF\n");
    }

    @Test
    void shouldSendTheFamiliesAskedFor() throws Exception {
        assertThat(text(scrape("?name[]=jvm_threads_current").body()))
                .contains("jvm_threads_current ")
                .doesNotContain("farshore_build_info");
    }

    @Test
    void shouldLetAnotherProcessOfTheSameJvmHaveTheSameMetrics() {
        Counter.builder().name("farshore_things").help("Things.").register(metrics.registry());
        try (ProcessMetrics other = new ProcessMetrics(Labels.EMPTY, Map.of())) {
            Counter.builder().name("farshore_things").help("Things.").register(other.registry());
            assertThat(other.registry().scrape().stream())
                    .anyMatch(family -> family.getMetadata().getName().startsWith("jvm_threads"));
        }
        assertThat(PrometheusRegistry.defaultRegistry.scrape().size()).isZero();
    }
}
