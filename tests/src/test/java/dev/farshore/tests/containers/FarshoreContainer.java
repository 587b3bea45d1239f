package dev.farshore.tests.containers;

import dev.farshore.testkit.embedded.FreePort;
import dev.farshore.tests.fixture.ContainerEnvironment;
import dev.farshore.tests.fixture.ContainerServer;
import dev.farshore.tests.fixture.Images;

import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A node or a coordinator in a container of Farshore's own image. */
final class FarshoreContainer extends ContainerServer {
    private static final int COORDINATOR_PORT = 8088;
    private static final String CONFIG_FOLDER = "/etc/farshore/";
    private static final String DATA = "/var/lib/farshore";
    private static final int READABLE = 0444; // octal

    private FarshoreContainer(Place place, GenericContainer<?> container, Path logFile) {
        super(place, container, () -> problem(container), logFile);
    }

    static FarshoreContainer coordinator(
            ContainerEnvironment environment, List<String> sites, Path folder) throws IOException {
        Place place =
                new Place("coordinator", environment.network(), COORDINATOR_PORT, FreePort.find());
        return new FarshoreContainer(
                place,
                container(
                        "coordinator",
                        "coordinator.yaml",
                        """
                        kafka:
                          bootstrapServers: [%s]
                        registry:
                          url: %s
                        http:
                          host: 0.0.0.0
                          port: %d
                        sites: [%s]
                        topics:
                          partitions: 4
                          replicationFactor: 1
                        """
                                .formatted(
                                        environment.networkBootstrapServers(),
                                        environment.networkRegistryUrl(),
                                        COORDINATOR_PORT,
                                        String.join(", ", sites))),
                folder.resolve("coordinator.log"));
    }

    /** The only node of a site. It listens at one port inside and outside, as it tells clients. */
    static FarshoreContainer node(ContainerEnvironment environment, String site, Path folder)
            throws IOException {
        int port = FreePort.find();
        String name = site + "-1";
        return new FarshoreContainer(
                new Place(name, environment.network(), port, port),
                container(
                        "node",
                        "node.yaml",
                        """
                        site: %s
                        node: %s
                        dataDir: %s
                        kafka:
                          bootstrapServers: [%s]
                        registry:
                          url: %s
                        nbd:
                          listeners: ["tcp://0.0.0.0:%d"]
                          advertisedHost: 127.0.0.1
                        http:
                          listen: 127.0.0.1:9808
                        hardenInterval: 50ms
                        """
                                .formatted(
                                        site,
                                        name,
                                        DATA,
                                        environment.networkBootstrapServers(),
                                        environment.networkRegistryUrl(),
                                        port)),
                folder.resolve(name + ".log"));
    }

    private static GenericContainer<?> container(String command, String file, String config) {
        return new GenericContainer<>(DockerImageName.parse(Images.FARSHORE))
                .withCopyToContainer(Transferable.of(config, READABLE), CONFIG_FOLDER + file)
                .withEnv("FARSHORE_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1")
                .withCommand(command, "--config", CONFIG_FOLDER + file);
    }

    /** As the engine looks at its health, but when it is asked to. */
    private static Optional<String> problem(GenericContainer<?> container)
            throws InterruptedException {
        try {
            Container.ExecResult health = container.execInContainer("health");
            return health.getExitCode() == 0
                    ? Optional.empty()
                    : Optional.of(health.getStdout() + health.getStderr());
        } catch (IOException | RuntimeException e) {
            // It is about to start, or has ended.
            return Optional.of(e.toString());
        }
    }

    /** Copies a volume's image out of a node, which goes on. */
    Path copyImage(String vvol, Path into) {
        container().copyFileFromContainer(DATA + "/images/" + vvol + ".img", into.toString());
        return into;
    }
}
