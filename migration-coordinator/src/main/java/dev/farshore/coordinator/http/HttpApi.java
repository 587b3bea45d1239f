package dev.farshore.coordinator.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.coordinator.api.report.HealthReport;
import dev.farshore.coordinator.api.request.Cancellation;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewThrottle;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.coordinator.migration.MigrationService;
import dev.farshore.coordinator.report.MigrationReports;
import dev.farshore.coordinator.report.NodeReports;
import dev.farshore.coordinator.report.Reports;
import dev.farshore.coordinator.report.VolumeReports;
import dev.farshore.coordinator.volume.NodeDraining;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.SiteForgetting;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeChanges;
import dev.farshore.coordinator.volume.VolumeDeletion;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.coordinator.volume.VolumeServices;
import dev.farshore.process.http.Json;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.http.Problems;
import dev.farshore.process.http.RequestBodies;
import dev.farshore.process.http.WebServer;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.KafkaConditions;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

import java.util.function.BooleanSupplier;

/**
 * The REST API under {@code /api/v1}, {@code /health}, {@code /metrics} and the page at {@code /}.
 */
public final class HttpApi implements AutoCloseable {
    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int ACCEPTED = 202;

    private final VolumeService volumes;
    private final VmService vms;
    private final VolumeChanges changes;
    private final SeedService seeds;
    private final VolumeDeletion deletion;
    private final SiteForgetting forgetting;
    private final MigrationService migrations;
    private final VolumeReports volumeReports;
    private final MigrationReports migrationReports;
    private final NodeDraining draining;
    private final NodeReports nodeReports;
    private final BooleanSupplier isReady;
    private final KafkaConditions cluster;
    private final JsonMapper mapper = Json.mapper();
    private final RequestBodies bodies = new RequestBodies(mapper);
    private final ProcessMetrics metrics;
    private final Problems problems = new Problems(mapper);
    private final Javalin server;

    /**
     * @param hosts names under which it is reached
     * @param isReady whether all is known that answers and migrations need
     * @param metrics of the process, with all that is added to them
     * @param cluster what Kafka does not allow or may lose
     */
    public HttpApi(
            KnownHosts hosts,
            VolumeServices services,
            MigrationService migrations,
            Reports reports,
            BooleanSupplier isReady,
            ProcessMetrics metrics,
            KafkaConditions cluster) {
        this.volumes = services.volumes();
        this.vms = services.vms();
        this.changes = services.changes();
        this.seeds = services.seeds();
        this.deletion = services.deletion();
        this.forgetting = services.forgetting();
        this.migrations = migrations;
        this.volumeReports = reports.volumes();
        this.migrationReports = reports.migrations();
        this.draining = services.draining();
        this.nodeReports = reports.nodes();
        this.isReady = isReady;
        this.metrics = metrics;
        this.cluster = cluster;
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
        addVolumes(routes);
        addVms(routes);
        new SeedRoutes(
                        seeds,
                        bodies,
                        (request, spec) -> answer(request, ACCEPTED, volumeReports.of(spec)))
                .addTo(routes);
        new SiteRoutes(forgetting, this::answer).addTo(routes);
        new NodeRoutes(nodeReports, draining, bodies, this::answer).addTo(routes);
        addThrottle(routes);
        addMigrations(routes);
        routes.get("/health", this::health);
        routes.get("/metrics", metrics::scrape);
        routes.get("/", Dashboard::show);
    }

    private void addVolumes(RoutesConfig routes) {
        routes.post(
                "/api/v1/volumes",
                request ->
                        answer(
                                request,
                                CREATED,
                                volumeReports.of(
                                        volumes.create(bodies.read(request, NewVolume.class)))));
        routes.get(
                "/api/v1/volumes",
                request ->
                        answer(
                                request,
                                OK,
                                volumes.all().stream().map(volumeReports::of).toList()));
        routes.get(
                "/api/v1/volumes/{volume}",
                request ->
                        answer(
                                request,
                                OK,
                                volumeReports.of(volumes.require(request.pathParam("volume")))));
        routes.patch(
                "/api/v1/volumes/{volume}",
                request ->
                        answer(
                                request,
                                OK,
                                volumeReports.of(
                                        changes.set(
                                                request.pathParam("volume"),
                                                bodies.read(request, VolumeSettings.class)))));
        routes.post(
                "/api/v1/volumes/{volume}/resize",
                request ->
                        answer(
                                request,
                                ACCEPTED,
                                volumeReports.of(
                                        changes.resize(
                                                request.pathParam("volume"),
                                                bodies.read(request, NewSize.class)))));
        new DeletionRoutes(deletion, volumeReports, this::answer).addTo(routes);
        routes.get(
                "/api/v1/lag", request -> answer(request, OK, volumeReports.lags(volumes.all())));
        routes.get("/api/v1/clocks", request -> answer(request, OK, volumeReports.clocks()));
    }

    private void addVms(RoutesConfig routes) {
        routes.post(
                "/api/v1/volumes/{volume}/reopen",
                request ->
                        answer(
                                request,
                                ACCEPTED,
                                volumeReports.of(vms.reopen(request.pathParam("volume")))));
        routes.post(
                "/api/v1/vms",
                request ->
                        answer(
                                request,
                                CREATED,
                                volumeReports.of(vms.create(bodies.read(request, NewVm.class)))));
        routes.get(
                "/api/v1/vms",
                request -> answer(request, OK, vms.all().stream().map(volumeReports::of).toList()));
        routes.get(
                "/api/v1/vms/{vm}",
                request ->
                        answer(
                                request,
                                OK,
                                volumeReports.of(vms.require(request.pathParam("vm")))));
    }

    private void addThrottle(RoutesConfig routes) {
        routes.put(
                "/api/v1/vms/{vm}/throttle",
                request ->
                        answer(
                                request,
                                OK,
                                volumeReports.of(
                                        changes.throttle(
                                                request.pathParam("vm"),
                                                bodies.read(request, NewThrottle.class)))));
    }

    private void addMigrations(RoutesConfig routes) {
        routes.post(
                "/api/v1/vms/{vm}/migrations",
                request ->
                        answer(
                                request,
                                ACCEPTED,
                                migrationReports.of(
                                        migrations.start(
                                                request.pathParam("vm"),
                                                bodies.read(request, NewMigration.class)))));
        routes.get(
                "/api/v1/migrations",
                request ->
                        answer(
                                request,
                                OK,
                                migrations.all().stream().map(migrationReports::of).toList()));
        routes.post(
                "/api/v1/migrations/{migration}/cancel",
                request ->
                        answer(
                                request,
                                OK,
                                migrationReports.of(
                                        migrations.cancel(
                                                request.pathParam("migration"),
                                                bodies.read(request, Cancellation.class)))));
        routes.get(
                "/api/v1/migrations/{migration}",
                request ->
                        answer(
                                request,
                                OK,
                                migrationReports.of(
                                        migrations.require(request.pathParam("migration")))));
    }

    private void health(Context response) {
        if (isReady.getAsBoolean()) {
            answer(
                    response,
                    OK,
                    new HealthReport(
                            cluster.problem().isEmpty()
                                    ? "ready"
                                    : "degraded: " + cluster.problem(),
                            cluster.warnings()));
        } else {
            problems.answer(response, Problems.unavailable("the topics are still being read"));
        }
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
