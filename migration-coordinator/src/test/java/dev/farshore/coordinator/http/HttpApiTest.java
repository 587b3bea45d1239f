package dev.farshore.coordinator.http;

import static dev.farshore.coordinator.fake.InMemoryReports.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;

import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.lag.LagState;
import dev.farshore.coordinator.lag.LagView;
import dev.farshore.coordinator.metrics.CoordinatorMetrics;
import dev.farshore.coordinator.migration.MigrationDriver;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.coordinator.migration.MigrationLog;
import dev.farshore.coordinator.migration.MigrationRules;
import dev.farshore.coordinator.migration.MigrationService;
import dev.farshore.coordinator.report.ClockReports;
import dev.farshore.coordinator.report.MigrationReports;
import dev.farshore.coordinator.report.NodeReports;
import dev.farshore.coordinator.report.Reports;
import dev.farshore.coordinator.report.VolumeReports;
import dev.farshore.coordinator.volume.DrainLog;
import dev.farshore.coordinator.volume.NodeDraining;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.SiteForgetting;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeChanges;
import dev.farshore.coordinator.volume.VolumeDeletion;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.coordinator.volume.VolumeServices;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.KafkaConditions;
import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;

import io.prometheus.metrics.model.snapshots.Labels;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

class HttpApiTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final LongSupplier NOW = () -> 1_000_000;

    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports images = new InMemoryReports();
    private final MigrationHistory history = new MigrationHistory();
    private final MigrationLog migrationLog = events -> events.forEach(history::replay);
    private final LagView lags = (vvol, site, now) -> Optional.of(new Lag(2, 1_024, 1_500_000));
    private final MigrationDriver driver =
            new MigrationDriver(
                    history,
                    migrationLog,
                    specs,
                    images,
                    lags,
                    new MigrationRules(MigrationLimits.DEFAULT),
                    (site, node) -> Optional.empty(),
                    System::nanoTime);
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> forgotten = new ArrayList<>();
    private final List<ClockReading> readings = new ArrayList<>();
    private final DrainLog drainLog =
            new DrainLog() {
                @Override
                public void order(String site, String node, long nowMicros) {
                    readings.add(DrainOrders.of(site, node, nowMicros));
                }

                @Override
                public void revoke(String site, String node) {
                    readings.removeIf(
                            record -> record.getNode().equals(DrainOrders.key(site, node)));
                }
            };
    private HttpApi api = newApi();

    @BeforeEach
    void start() {
        api.start("127.0.0.1", 0);
    }

    @AfterEach
    void stop() {
        client.close();
        api.close();
    }

    @Test
    void shouldCreateAndShowVolumesVmsAndLag() throws Exception {
        assertThat(create("data").statusCode()).isEqualTo(201);
        assertThat(create("root").statusCode()).isEqualTo(201);
        HttpResponse<String> vm =
                post("/api/v1/vms", "{\"name\":\"shop\",\"volumes\":[\"data\",\"root\"]}");
        images.put(report("data", "a", 1, true, "a", 10));

        assertThat(vm.statusCode()).isEqualTo(201);
        JsonNode data = json(get("/api/v1/volumes/data"));
        assertThat(data.path("vm").asText()).isEqualTo("shop");
        assertThat(data.path("durability").asText()).isEqualTo("log");
        assertThat(data.path("created").asText()).isEqualTo("1970-01-01T00:00:01Z");
        JsonNode image = data.path("images").path(0);
        assertThat(image.path("epochOwner").asText()).isEqualTo("a");
        assertThat(image.path("open").asBoolean()).isTrue();
        assertThat(image.path("lag").path("seconds").asDouble()).isEqualTo(1.5);
        assertThat(image.path("lag").path("state").asText()).isEqualTo("OK");
        assertThat(json(get("/api/v1/volumes"))).hasSize(2);
        assertThat(json(get("/api/v1/vms"))).hasSize(1);
        assertThat(json(get("/api/v1/vms/shop")).path("owner").asText()).isEqualTo("a");
        assertThat(json(get("/api/v1/lag"))).hasSize(4);
    }

    @Test
    void shouldForgetASiteOnRequest() throws Exception {
        create("data");
        images.put(report("data", "mistyped", 1, true, "a", 10));

        JsonNode answer = json(send("DELETE", "/api/v1/sites/mistyped", ""));

        assertThat(answer.path("site").asText()).isEqualTo("mistyped");
        assertThat(answer.path("volumes").path(0).asText()).isEqualTo("data");
        assertThat(forgotten).containsExactly("data@mistyped");
        assertProblem(send("DELETE", "/api/v1/sites/a", ""), 404, "site 'a'");
    }

    @Test
    void shouldKeepAnOrderToDrainANodeUntilItIsRevoked() throws Exception {
        create("data");
        images.put(report("data", "a", 1, true, "a#j@a-1", 10));
        readings.add(node("a-1", List.of(0, 1, 2, 3), List.of()));
        readings.add(node("a-2", List.of(), List.of()));
        String path = "/api/v1/sites/a/nodes/a-1";

        JsonNode drained = json(send("PATCH", path, "{\"drained\":true}"));

        assertThat(drained.path("drained").asBoolean()).isTrue();
        assertThat(drained.path("version").asText()).isEqualTo("7.1");
        assertThat(drained.path("written").path(0).asText()).isEqualTo("data");
        JsonNode left = drained.path("remaining").path(0);
        assertThat(left.path("stuck").asBoolean()).isTrue();
        assertThat(left.path("reason").asText()).isEqualTo("node a-2 has no hot copy of data");
        assertThat(json(get("/api/v1/nodes"))).as("without orders").hasSize(2);

        readings.set(1, node("a-2", List.of(), List.of(0, 1, 2, 3)));
        assertThat(json(get("/api/v1/nodes")).path(0).path("remaining").path(0).path("stuck"))
                .isEqualTo(BooleanNode.FALSE);

        send("PATCH", path, "{\"drained\":true}");
        assertThat(readings).as("ordered once").hasSize(3);
        assertThat(json(send("PATCH", path, "{\"drained\":false}")).path("drained"))
                .isEqualTo(BooleanNode.FALSE);
        assertThat(readings).hasSize(2);
        assertProblem(
                send("PATCH", "/api/v1/sites/b/nodes/a-1", "{\"drained\":true}"),
                404,
                "site 'b' has no node 'a-1'");
        assertProblem(send("PATCH", path, "{}"), 400, "drained is needed");
    }

    private static ClockReading node(String name, List<Integer> active, List<Integer> hot) {
        return new ClockReading(
                "a", name, 1L, 0L, 0L, List.of(), "p", "host", "/data", 0L, List.of(), 0L, "7.1",
                active, hot, List.of());
    }

    @Test
    void shouldStartAMigrationOnceAndTellOfIt() throws Exception {
        create("data");
        post("/api/v1/vms", "{\"name\":\"shop\",\"volumes\":[\"data\"]}");

        HttpResponse<String> first = post("/api/v1/vms/shop/migrations", "{\"to\":\"b\"}");
        HttpResponse<String> second = post("/api/v1/vms/shop/migrations", "{\"to\":\"b\"}");

        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(json(first).path("id").asText()).isEqualTo("shop-1");
        assertThat(json(first).path("downtimeMillis").isNull()).isTrue();
        assertProblem(second, 409, "is moving from 'a' to 'b' already: migration 'shop-1'");
        driver.advance(NOW.getAsLong());
        JsonNode migration = json(get("/api/v1/migrations/shop-1"));
        assertThat(migration.path("step").asText()).isEqualTo("CATCHING_UP");
        assertThat(migration.path("over").asBoolean()).isFalse();
        assertThat(migration.path("waitingFor").asText()).contains("volume data is not open");
        assertThat(migration.path("steps")).hasSize(2);
        assertThat(json(get("/api/v1/migrations"))).hasSize(1);
        assertThat(json(get("/api/v1/vms/shop")).path("migration").asText()).isEqualTo("shop-1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/volumes | {\"name\":\"x\",\"sizeBytes\":1000,\"site\":\"a\"} | 422 | sizeBytes",
                "/api/v1/volumes | {\"name\":\"x\",\"sizeBytes\":\"512\",\"site\":\"a\"} | 422 | sizeBytes",
                "/api/v1/volumes | {\"name\":\"x\",\"sizeBytes\":512.5,\"site\":\"a\"} | 422 | sizeBytes",
                "/api/v1/volumes | {\"name\":\"X\",\"sizeBytes\":512,\"site\":\"a\"} | 422 | name",
                "/api/v1/volumes | {\"name\":\"x\",\"sizeBytes\":512,\"site\":\"z\"} | 422 | site",
                "/api/v1/volumes | {\"name\":\"x\",\"size\":512,\"site\":\"a\"} | 422 | size",
                "/api/v1/volumes | {\"name\": | 400 |",
                "/api/v1/volumes | [] | 400 |",
                "/api/v1/volumes | null | 400 |",
                "/api/v1/volumes | '' | 400 |",
                "/api/v1/volumes | {\"name\":\"data\",\"sizeBytes\":512,\"site\":\"a\"} | 409 |",
                "/api/v1/vms | {\"name\":\"till\",\"volumes\":[\"ghost\"]} | 422 | volumes",
                "/api/v1/vms | {\"name\":\"till\",\"volumes\":[\"data\"]} | 409 |",
                "/api/v1/vms/ghost/migrations | {\"to\":\"b\"} | 404 |",
                "/api/v1/vms/shop/migrations | {\"to\":\"mars\"} | 422 | to",
                "/api/v1/vms/shop/migrations | {} | 422 | to",
                "/api/v1/vms/shop/migrations | {\"to\":\"a\"} | 409 |",
                "/api/v1/vms/shop/migrations | {\"to\":\"b\",\"mode\":\"warp\"} | 422 | mode",
            })
    void shouldRefuseWithProblemDetailsAndChangeNothing(
            String path, String body, int status, String field) throws Exception {
        create("data");
        post("/api/v1/vms", "{\"name\":\"shop\",\"volumes\":[\"data\"]}");
        var before = Set.copyOf(specs.all());

        HttpResponse<String> answer = post(path, body);

        assertProblem(answer, status, "");
        assertThat(json(answer).path("field").asText(null)).isEqualTo(field);
        assertThat(Set.copyOf(specs.all())).isEqualTo(before);
        assertThat(history.all()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/volumes/ghost",
        "/api/v1/vms/ghost",
        "/api/v1/migrations/ghost",
        "/nowhere",
    })
    void shouldAnswerWhatIsNotThereWithProblemDetails(String path) throws Exception {
        assertProblem(get(path), 404, "");
    }

    @Test
    void shouldRefuseABodyOfAbsurdLength() throws Exception {
        String body = "{\"name\":\"" + "x".repeat(100_000) + "\"}";

        assertProblem(post("/api/v1/volumes", body), 413, "");
    }

    @Test
    void shouldServeThePageAndItsHealth() throws Exception {
        assertThat(get("/").body()).contains("<title>Farshore</title>");
        assertThat(json(get("/health")).path("status").asText()).isEqualTo("ready");
    }

    @Test
    void shouldServeMetrics() throws Exception {
        create("data");

        assertThat(get("/metrics").body())
                .contains("farshore_lag_seconds{site=\"b\",vm=\"\",vvol=\"data\"} 1.5")
                .contains("farshore_coordinator_ready 1.0");
    }

    private HttpApi newApi() {
        Sites sites = new Sites(Set.of("a", "b"), images);
        VmService vms = new VmService(specs, images, vm -> history.moving(vm).isPresent());
        VolumeReports volumeReports =
                new VolumeReports(
                        images,
                        sites,
                        lags,
                        history,
                        NOW,
                        (spec, site) -> Optional.empty(),
                        new ClockReports((site, node) -> Optional.empty(), List::of),
                        (vvol, site) -> LagState.OK);
        ProcessMetrics metrics = new ProcessMetrics(Labels.EMPTY, Map.of());
        metrics.add(
                new CoordinatorMetrics(
                                new CoordinatorMetrics.Sources(
                                        () -> volumeReports.lags(specs.all()),
                                        volumeReports::clocks,
                                        history::all,
                                        () -> true,
                                        () -> 0,
                                        NOW),
                                Duration.ofSeconds(60))
                        ::snapshots);
        return new HttpApi(
                new KnownHosts(Set.of("farshore.example")),
                new VolumeServices(
                        new VolumeService(specs, sites, 4, NOW),
                        vms,
                        new VolumeChanges(specs, vms, vm -> history.moving(vm).isPresent()),
                        new SeedService(specs, images, vm -> history.moving(vm).isPresent(), NOW),
                        new VolumeDeletion(
                                specs, vms, images, vm -> history.moving(vm).isPresent(), NOW),
                        new SiteForgetting(
                                sites,
                                specs,
                                vms,
                                images,
                                List::of,
                                (site, node) -> Optional.empty(),
                                history::isMovingTo,
                                said -> said.forEach(each -> forgotten.add(each.key())),
                                () -> NOW.getAsLong() + 60_000_000),
                        new NodeDraining(() -> readings, drainLog, NOW)),
                new MigrationService(history, migrationLog, vms, sites, images, NOW, () -> {}),
                new Reports(
                        volumeReports,
                        new MigrationReports(driver, NOW),
                        new NodeReports(
                                () -> readings,
                                specs::all,
                                images,
                                (site, node) -> Optional.empty(),
                                NOW)),
                () -> true,
                metrics,
                KafkaConditions.NONE);
    }

    private HttpResponse<String> create(String name) throws Exception {
        return post(
                "/api/v1/volumes",
                "{\"name\":\"%s\",\"sizeBytes\":1048576,\"site\":\"a\"}".formatted(name));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
    }

    @Test
    void shouldChangeVolumesAndSlowVms() throws Exception {
        create("data");
        post("/api/v1/vms", "{\"name\":\"shop\",\"volumes\":[\"data\"]}");
        images.put(report("data", "a", 1, true, "a", 10));

        JsonNode set = json(send("PATCH", "/api/v1/volumes/data", "{\"durability\":\"remote\"}"));
        assertThat(set.path("durability").asText()).isEqualTo("remote");
        assertProblem(
                send("PATCH", "/api/v1/volumes/data", "{\"durability\":\"never\"}"),
                422,
                "local, log or remote");
        assertProblem(send("PATCH", "/api/v1/volumes/data", "{\"sizeBytes\":1}"), 422, "not known");

        assertThat(post("/api/v1/volumes/data/resize", "{\"sizeBytes\":2097152}").statusCode())
                .isEqualTo(202);
        assertProblem(post("/api/v1/volumes/data/resize", "{\"sizeBytes\":512}"), 409, "force");

        JsonNode vm =
                json(send("PUT", "/api/v1/vms/shop/throttle", "{\"bytesPerSecond\":1000000}"));
        assertThat(vm.at("/throttle/bytesPerSecond").asLong()).isEqualTo(1_000_000);
        assertThat(vm.at("/throttle/writesPerSecond").asLong()).isZero();
        assertThat(vm.at("/throttle/effect/heldWrites").asLong()).isZero();
        JsonNode off = json(send("PUT", "/api/v1/vms/shop/throttle", "{}"));
        assertThat(off.at("/throttle/bytesPerSecond").asLong()).isZero();
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + api.port() + path);
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return MAPPER.readTree(response.body());
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String detail)
            throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        JsonNode problem = json(answer);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("type").asText()).isNotEmpty();
        assertThat(problem.path("detail").asText()).contains(detail);
    }
}
