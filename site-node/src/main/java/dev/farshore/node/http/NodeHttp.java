package dev.farshore.node.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.apply.site.ApplyHealth;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.http.WebServer;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.KafkaConditions;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A node's HTTP server: {@code /healthz}, {@code /metrics} for Prometheus, {@code /api/v1/volumes},
 * and further routes. Read-only; no access control of its own.
 */
public final class NodeHttp implements AutoCloseable {
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final VolumeHost volumes;
    private final ProcessMetrics metrics;
    private final Supplier<ApplyHealth> health;
    private final KafkaConditions cluster;
    private final Consumer<RoutesConfig> further;
    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Javalin server;

    /**
     * @param hosts names under which it is reached
     * @param application whether the node has its volumes and follows the log
     * @param metrics of the node
     * @param cluster what Kafka does not allow or may lose
     * @param further adds what else is answered
     */
    public NodeHttp(
            KnownHosts hosts,
            VolumeHost volumes,
            SiteApplication application,
            ProcessMetrics metrics,
            KafkaConditions cluster,
            Consumer<RoutesConfig> further) {
        this.volumes = volumes;
        this.metrics = metrics;
        this.health = application::health;
        this.cluster = cluster;
        this.further = further;
        server = WebServer.create(hosts, this::addTo);
    }

    /**
     * Begins to listen.
     *
     * @param port 0 for any free one
     */
    public void start(String host, int port) {
        WebServer.start(server, host, port);
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private void addTo(RoutesConfig routes) {
        routes.get("/healthz", this::health);
        routes.get("/metrics", metrics::scrape);
        routes.get(
                "/api/v1/volumes",
                request ->
                        answer(
                                request,
                                OK,
                                volumes.statuses().stream().map(VolumeView::of).toList()));
        further.accept(routes);
    }

    private void health(Context response) {
        HealthView now = HealthView.of(health.get(), volumes.troubles(), cluster);
        answer(response, now.isAvailable() ? OK : UNAVAILABLE, now);
    }

    private void answer(Context response, int status, Object body) {
        try {
            response.status(status)
                    .result(mapper.writeValueAsBytes(body))
                    .contentType("application/json");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("answer cannot be written: " + body, e);
        }
    }
}
