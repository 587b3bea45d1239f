package dev.farshore.tests.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.NodeReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.node.folder.DataDirectory;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.FreePorts;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Two sites of two nodes each and two coordinators, all processes of their own. */
final class Fleet implements AutoCloseable {
    static final List<String> SITES = List.of("ua", "ub");
    private static final Duration LIMIT = Duration.ofSeconds(300);

    private final Path folder;
    private final SequencedMap<String, FarshoreProcess> nodes = new TreeMap<>();
    private final List<FarshoreProcess> coordinators = new ArrayList<>();
    private final Coordinators api;
    private int commands;

    Fleet(Path folder, KafkaEnvironment environment, Build build) throws IOException {
        this.folder = folder;
        List<Integer> ports = FreePorts.find(2);
        for (int port : ports) {
            coordinators.add(
                    new FarshoreProcess(
                            "coordinator",
                            folder.resolve("coordinator-" + port),
                            coordinatorConfig(environment, port),
                            "Coordinator: http"));
        }
        for (String site : SITES) {
            for (int i = 1; i <= 2; i++) {
                String node = site + "-" + i;
                Path own = folder.resolve(node);
                nodes.put(
                        node,
                        new FarshoreProcess(
                                "node",
                                own,
                                nodeConfig(environment, site, node, own.resolve("data")),
                                "Node " + node + " of site \\S+ serves"));
            }
        }
        api =
                new Coordinators(
                        ports.stream()
                                .map(port -> URI.create("http://127.0.0.1:%d/".formatted(port)))
                                .toList());
        try {
            for (FarshoreProcess coordinator : coordinators) {
                coordinator.start(build);
            }
            for (FarshoreProcess node : nodes.values()) {
                node.startSoon(build);
            }
            nodes.values().forEach(FarshoreProcess::awaitServing);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static String coordinatorConfig(KafkaEnvironment environment, int port) {
        return """
        kafka:
          bootstrapServers: [%s]
        registry:
          url: %s
        http:
          port: %d
        sites: [%s]
        topics:
          partitions: 8
          replicationFactor: 1
        """
                .formatted(
                        environment.bootstrapServers(),
                        environment.registryUrl(),
                        port,
                        String.join(", ", SITES));
    }

    private static String nodeConfig(
            KafkaEnvironment environment, String site, String node, Path data) {
        return """
        site: %s
        node: %s
        dataDir: %s
        kafka:
          bootstrapServers: [%s]
        registry:
          url: %s
        nbd:
          listeners: ["tcp://127.0.0.1:0"]
          advertisedHost: 127.0.0.1
        hardenInterval: 50ms
        """
                .formatted(
                        site,
                        node,
                        data,
                        environment.bootstrapServers(),
                        environment.registryUrl());
    }

    Coordinators api() {
        return api;
    }

    List<FarshoreProcess> coordinators() {
        return coordinators;
    }

    /** By name. */
    SequencedMap<String, FarshoreProcess> nodes() {
        return nodes;
    }

    FarshoreProcess node(String name) {
        return Optional.ofNullable(nodes.get(name)).orElseThrow();
    }

    /** The other node of its site. */
    static String other(String node) {
        return node.substring(0, node.length() - 1) + (node.endsWith("1") ? "2" : "1");
    }

    void create(Guest guest, String site, String durability) throws IOException {
        for (String vvol : guest.volumes()) {
            api.send(
                    "POST",
                    "volumes",
                    new NewVolume(vvol, Guest.SIZE_BYTES, site, durability, 16L << 20),
                    VolumeReport.class);
        }
        api.send(
                "POST", "vms", new NewVm(guest.vm(), List.copyOf(guest.volumes())), VmReport.class);
        awaitServed(guest, null);
    }

    /** Returns when all volumes are written at one node, the given one if any. */
    void awaitServed(Guest guest, @Nullable String node) {
        await(guest.vm() + " is served" + (node == null ? "" : " at " + node))
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> {
                            String keeper = node == null ? writer(guest) : node;
                            for (String vvol : guest.volumes()) {
                                VolumeReport.Image image = api.image(vvol);
                                if (!image.open()
                                        || !image.notServed().isEmpty()
                                        || !image.node().equals(keeper)
                                        || !image.epochNode().equals(keeper)) {
                                    return false;
                                }
                            }
                            return true;
                        });
    }

    /** Where a guest's volumes are. */
    String writer(Guest guest) throws IOException {
        return api.image(guest.firstVolume()).node();
    }

    void handOver(Guest guest, String site) throws IOException {
        MigrationReport started =
                api.send(
                        "POST",
                        "vms/" + guest.vm() + "/migrations",
                        new NewMigration(site, null),
                        MigrationReport.class);
        MigrationReport over =
                await("hand-over of " + guest.vm())
                        .atMost(LIMIT)
                        .pollInterval(Duration.ofMillis(50))
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(
                                () -> api.get("migrations/" + started.id(), MigrationReport.class),
                                MigrationReport::over);
        assertThat(over.hasFinished()).as("%s", over).isTrue();
    }

    void place(Guest guest, String node) throws IOException {
        for (String vvol : guest.volumes()) {
            api.send(
                    "PATCH",
                    "volumes/" + vvol,
                    new VolumeSettings(null, null, node, null),
                    VolumeReport.class);
        }
    }

    /** By the command line, as an operator does. */
    String farshore(Build build, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--coordinator");
        all.add(api.url());
        try (ChildProgram program =
                FarshoreProcess.run(
                        build,
                        folder.resolve("command-%d.log".formatted(++commands)),
                        all.toArray(String[]::new))) {
            int status = program.awaitExit(LIMIT);
            assertThat(status).as("%s: %s", all, program.output()).isZero();
            return program.output();
        }
    }

    NodeReport report(String node) throws IOException {
        return api.nodes().stream()
                .filter(report -> report.node().equals(node))
                .findFirst()
                .orElseThrow();
    }

    /** All copies of a volume: of both nodes of each site. */
    Map<String, Path> images(String vvol) {
        Map<String, Path> images = new TreeMap<>();
        nodes.forEach(
                (name, node) ->
                        images.put(
                                name,
                                DataDirectory.images(node.folder().resolve("data"))
                                        .resolve(vvol + ".img")));
        return images;
    }

    @Override
    public void close() {
        nodes.values().forEach(FarshoreProcess::close);
        coordinators.forEach(FarshoreProcess::close);
        api.close();
    }
}
