package dev.farshore.tests.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.support.FreePorts;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.TcpProxy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real Prometheus watches a coordinator and two nodes by the rules that are shipped, with short
 * times to wait: alerts fire when something is broken, and end when it is repaired.
 */
@Tag("slow")
@RunsOn(
        value = RunsOn.Place.EMBEDDED,
        because =
                "one site reaches the broker through a proxy of the test, at a listener of its own")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before each
class AlertsFireTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration RPO = Duration.ofSeconds(3);
    private static final String VVOL = "watched";

    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private TcpProxy link;
    private CoordinatorProcess coordinator;
    private NodeProcess owner;
    private NodeProcess replica;
    private int replicaPort;
    private PrometheusServer prometheus;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        RealTools.require("prometheus");
        List<Integer> ports = FreePorts.find(3);
        link = owned(TcpProxy.to(ports.get(0)));
        EmbeddedEnvironment environment =
                owned(
                        EmbeddedEnvironment.start(
                                new EmbeddedEnvironment.Settings(
                                        folder.resolve("environment"),
                                        0,
                                        0,
                                        news -> {},
                                        new EmbeddedEnvironment.Detour(
                                                ports.get(0), link.port()))));
        coordinator =
                owned(
                        CoordinatorProcess.start(
                                new CoordinatorConfig(
                                        new ConnectionConfig(
                                                new KafkaConfig(
                                                        List.of(environment.bootstrapServers()),
                                                        Map.of()),
                                                new RegistryConfig(
                                                        URI.create(environment.registryUrl())),
                                                PATIENCE),
                                        new CoordinatorHttpConfig("127.0.0.1", 0),
                                        List.of("wa", "wb"),
                                        MigrationLimits.DEFAULT,
                                        TopicSettings.of(4, 1),
                                        25,
                                        RPO),
                                news -> {}));
        replicaPort = ports.get(2);
        owner = node(folder, "wa", environment, link.address(), ports.get(1));
        replica = node(folder, "wb", environment, environment.bootstrapServers(), replicaPort);
        NodeProcess.startAll(List.of(owner, replica));
        coordinator().volumes().create(new NewVolume(VVOL, 1L << 20, "wa", null, null));
        await().atMost(PATIENCE).until(this::isServed);
        awaitHardened();
        prometheus =
                owned(
                        new PrometheusServer(
                                folder.resolve("prometheus"),
                                List.of(ports.get(1), replicaPort),
                                coordinator().port()));
    }

    private NodeProcess node(
            Path folder,
            String site,
            EmbeddedEnvironment environment,
            String bootstrapServers,
            int httpPort)
            throws IOException {
        return owned(
                new NodeProcess(
                        folder.resolve(site),
                        site,
                        site + "-1",
                        bootstrapServers,
                        environment.registryUrl(),
                        "http: {listen: \"127.0.0.1:%d\"}".formatted(httpPort)));
    }

    @AfterEach
    void stop() throws Exception {
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }

    @Test
    void shouldFireWhileSomethingIsBrokenAndEndWhenItIsRepaired() throws Exception {
        await().atMost(PATIENCE).until(() -> prometheus.value("count(up == 1)") == 3);
        await().atMost(PATIENCE).until(() -> prometheus.value("min(farshore_rpo_seconds)") >= 0);
        awaitQuiet();

        replica.kill();
        write();
        awaitFiring("FarshoreNodeDown 127.0.0.1:" + replicaPort);
        awaitFiring("FarshoreRpoBreached wb");

        link.cut();
        write();
        awaitFiring("FarshoreUnpublishedTooOld wa");

        link.restore();
        replica.start();
        awaitQuiet();
        awaitHardened();
    }

    private void awaitQuiet() {
        await("end of all alerts")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(prometheus.firing()).isEmpty());
    }

    private void awaitFiring(String alert) {
        await(alert)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(prometheus.firing()).contains(alert));
    }

    /** Acknowledged, and not flushed: that would wait for the log. */
    private void write() throws Exception {
        try (NbdClient client =
                NbdClient.connect(
                        NbdUri.parse("nbd+unix:///%s?socket=%s".formatted(VVOL, owner.socket())),
                        PATIENCE)) {
            client.write(0, ByteBuffer.allocateDirect(4096), false)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private Coordinator coordinator() {
        return coordinator.coordinator();
    }

    private boolean isServed() {
        return coordinator()
                .volumeReports()
                .of(coordinator().volumes().require(VVOL))
                .images()
                .stream()
                .anyMatch(image -> image.site().equals("wa") && image.open());
    }

    private void awaitHardened() {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                coordinator()
                                        .volumeReports()
                                        .lags(List.of(coordinator().volumes().require(VVOL)))
                                        .stream()
                                        .allMatch(LagReport::isNone));
    }

    private <T extends AutoCloseable> T owned(T part) {
        owned.push(part);
        return part;
    }
}
