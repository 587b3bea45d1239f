package dev.farshore.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorStartException;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.coordinator.migration.MigrationMachine;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Commands and coordinator on a real broker and registry; only the nodes are simulated. */
@Tag("slow")
class CoordinatorWithBrokerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PARTITIONS = 4;

    @TempDir private static Path folder;
    private static EmbeddedEnvironment environment;
    private static RegistryConnection registry;
    private static SimulatedNodes nodes;

    @BeforeAll
    static void start() throws Exception {
        environment = EmbeddedEnvironment.start(EmbeddedEnvironment.Settings.in(folder));
        registry = RegistryConnection.open(environment.registryUrl(), PATIENCE);
        try (Admin admin = Admin.create(kafka())) {
            new TopicSetup(admin, environment.bootstrapServers())
                    .ensure(TopicSettings.of(PARTITIONS, 1), PATIENCE);
        }
        nodes = new SimulatedNodes(kafka(), registry.serdes());
    }

    @AfterAll
    static void stop() {
        nodes.close();
        registry.close();
        environment.close();
    }

    @Test
    void shouldMoveAVmThereAndBack() throws Exception {
        try (Coordinator coordinator = startCoordinator()) {
            run(coordinator, new VolumeCommand(), "create", "data", "--size", "1G", "--site", "a");
            run(coordinator, new VolumeCommand(), "create", "root", "--size", "1G", "--site", "a");
            run(coordinator, new VmCommand(), "create", "shop", "--volume", "data,root");

            JsonNode there = run(coordinator, new MigrateCommand(), "shop", "--to", "b", "--wait");
            JsonNode back = run(coordinator, new MigrateCommand(), "shop", "--to", "a", "--wait");

            assertThat(there.path("step").asText()).isEqualTo("FINISHED");
            assertThat(back.path("step").asText()).isEqualTo("FINISHED");
            assertThat(back.path("downtimeMillis").asLong()).isPositive();
            JsonNode vm = run(coordinator, new VmCommand(), "show", "shop");
            assertThat(vm.path("owner").asText()).isEqualTo("a");
            for (JsonNode volume : vm.path("volumes")) {
                assertThat(volume.path("epoch").asInt()).isEqualTo(3);
            }
            await().untilAsserted(
                            () ->
                                    assertThat(run(coordinator, new LagCommand()))
                                            .filteredOn(
                                                    lag -> lag.path("vm").asText().equals("shop"))
                                            .hasSize(4)
                                            .allMatch(lag -> lag.path("events").asLong() == 0));
        }
    }

    @Test
    void shouldContinueAMigrationThatAStoppedCoordinatorHadBegun() throws Exception {
        String id;
        try (Coordinator first = startCoordinator()) {
            run(first, new VolumeCommand(), "create", "till-data", "--size", "512", "--site", "a");
            run(first, new VmCommand(), "create", "till", "--volume", "till-data");
            await().atMost(PATIENCE).until(() -> first.lags().lag("till-data", "b", 0).isPresent());
            nodes.holdTarget();
            id = run(first, new MigrateCommand(), "till", "--to", "b").path("id").asText();
            awaitStep(first, id, "DRAINING");
        }
        nodes.releaseTarget();
        try (Coordinator second = startCoordinator()) {
            awaitStep(second, id, "FINISHED");
            assertThat(second.migrations().require(id).timeline().entries()).hasSize(6);
        }
    }

    @Test
    void shouldForgetASiteForGood() throws Exception {
        try (Coordinator first = startCoordinator()) {
            run(first, new VolumeCommand(), "create", "logs", "--size", "512", "--site", "a");
            nodes.leaveReport(first.volumes().require("logs"), "mistyped");
            await().atMost(PATIENCE).until(() -> sitesOf(first, "logs").contains("mistyped"));

            JsonNode forgotten = run(first, new SiteCommand(), "forget", "mistyped");

            assertThat(forgotten.path("volumes").path(0).asText()).isEqualTo("logs");
            assertThat(sitesOf(first, "logs")).doesNotContain("mistyped");
        }
        try (Coordinator second = startCoordinator()) {
            assertThat(sitesOf(second, "logs")).containsOnly("a", "b");
        }
    }

    private static List<String> sitesOf(Coordinator coordinator, String volume) {
        return coordinator
                .volumeReports()
                .of(coordinator.volumes().require(volume))
                .images()
                .stream()
                .map(VolumeReport.Image::site)
                .toList();
    }

    @Test
    void shouldSayWhatItCouldNotReachWhenItStarts() {
        CoordinatorConfig unreachable = config("127.0.0.1:1", Duration.ofSeconds(1));

        assertThatThrownBy(() -> Coordinator.start(unreachable, registry.serdes()))
                .isInstanceOf(CoordinatorStartException.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("farshore.volumes");
    }

    private static void awaitStep(Coordinator coordinator, String id, String step) {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            MigrationMachine machine = coordinator.migrations().require(id);
                            return machine.timeline().last().step().name().equals(step);
                        });
    }

    private static Coordinator startCoordinator() throws InterruptedException {
        return Coordinator.start(
                config(environment.bootstrapServers(), ConnectionConfig.DEFAULT_START_TIMEOUT),
                registry.serdes());
    }

    private static CoordinatorConfig config(String bootstrapServers, Duration startTimeout) {
        return CoordinatorConfig.of(
                new ConnectionConfig(
                        new KafkaConfig(List.of(bootstrapServers), Map.of()),
                        new RegistryConfig(URI.create(environment.registryUrl())),
                        startTimeout),
                new CoordinatorHttpConfig("127.0.0.1", 0),
                List.of("a", "b"),
                TopicSettings.of(4, 1));
    }

    /** Runs a command, which must exit with 0, and returns what it printed. */
    private static JsonNode run(Coordinator coordinator, Object command, String... arguments)
            throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = new String[arguments.length + 3];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--json";
        all[arguments.length + 1] = "--coordinator";
        all[arguments.length + 2] = coordinator.url().toString();
        int status =
                new CommandLine(command)
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(all);
        assertThat(status).as("%s%s", out, err).isZero();
        return new ObjectMapper().readTree(out.toString());
    }

    private static Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", environment.bootstrapServers());
    }
}
