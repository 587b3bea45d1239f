package dev.farshore.tests.site;

import dev.farshore.cli.Main;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.folder.DataDirectory;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.support.ChildProgram;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** A node in a process of its own, which can be killed and started again on the same data. */
public final class NodeProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private final Path folder;
    private final String name;
    private @Nullable ChildProgram program;
    private List<String> variables = List.of();
    private int starts;

    public NodeProcess(Path folder, String site, KafkaEnvironment environment) throws IOException {
        this(folder, site, site + "-1", environment);
    }

    /** Another node of a site has another name, and a folder of its own. */
    public NodeProcess(Path folder, String site, String name, KafkaEnvironment environment)
            throws IOException {
        this(folder, site, name, environment, "");
    }

    /**
     * @param further lines of its configuration file
     */
    public NodeProcess(
            Path folder, String site, String name, KafkaEnvironment environment, String further)
            throws IOException {
        this(folder, site, name, environment, environment.bootstrapServers(), further);
    }

    /**
     * @param bootstrapServers how it reaches Kafka
     * @param further lines of its configuration file
     */
    public NodeProcess(
            Path folder,
            String site,
            String name,
            KafkaEnvironment environment,
            String bootstrapServers,
            String further)
            throws IOException {
        this(folder, site, name, bootstrapServers, environment.registryUrl(), further);
    }

    /**
     * @param bootstrapServers separated by commas
     * @param further lines of its configuration file
     */
    public NodeProcess(
            Path folder,
            String site,
            String name,
            String bootstrapServers,
            String registryUrl,
            String further)
            throws IOException {
        this.folder = Files.createDirectories(folder);
        this.name = name;
        Files.writeString(
                folder.resolve("node.yaml"),
                """
                site: %s
                node: %s
                dataDir: %s
                kafka:
                  bootstrapServers: [%s]
                registry:
                  url: %s
                nbd:
                  listeners: ["tcp://127.0.0.1:0", "unix://%s"]
                  advertisedHost: 127.0.0.1
                hardenInterval: 50ms
                %s
                """
                        .formatted(
                                site,
                                name,
                                folder.resolve("data"),
                                bootstrapServers.replace(",", ", "),
                                registryUrl,
                                socket(),
                                further));
    }

    /**
     * From its next start on.
     *
     * @param environment each {@code NAME=value}
     */
    void setVariables(String... environment) {
        variables = List.of(environment);
    }

    public Path socket() {
        return folder.resolve("nbd.sock");
    }

    /** Where its image files are. */
    public Path imageDirectory() {
        return DataDirectory.images(folder.resolve("data"));
    }

    public Path image(String vvol) {
        return DataDirectory.images(folder.resolve("data")).resolve(vvol + ".img");
    }

    public Path journal(String vvol) {
        return folder.resolve("data").resolve("journals").resolve(vvol + ".journal");
    }

    /** Returns when it serves. */
    public void start() throws IOException {
        startSoon();
        awaitServing();
    }

    /** Returns when the process is there. */
    public void startSoon() throws IOException {
        starts++;
        program = launch("output-%d.log".formatted(starts));
    }

    public void awaitServing() {
        running().awaitOutput("Node " + name + " of site \\S+ serves", START_LIMIT);
    }

    /** Starts nodes side by side; returns when all serve. */
    public static void startAll(Collection<NodeProcess> nodes) throws IOException {
        for (NodeProcess node : nodes) {
            node.startSoon();
        }
        nodes.forEach(NodeProcess::awaitServing);
    }

    /** Runs a second node with the same settings. */
    ChildProgram launch(String output) throws IOException {
        return ChildProgram.java(
                folder.resolve(output),
                variables,
                List.of(),
                Main.class,
                "node",
                "--config",
                folder.resolve("node.yaml").toString());
    }

    /** With which it is started. */
    NodeConfig config() {
        return NodeConfig.read(folder.resolve("node.yaml"));
    }

    public void kill() throws IOException, InterruptedException {
        running().signal("KILL");
        running().awaitExit(STOP_LIMIT);
    }

    /** From now on it does nothing, and its connections stay. */
    public void pause() throws IOException, InterruptedException {
        running().signal("STOP");
    }

    /** Lets it go on. */
    public void resume() throws IOException, InterruptedException {
        running().signal("CONT");
    }

    /** All it printed since it was started last. */
    public String output() {
        return running().output();
    }

    public String name() {
        return name;
    }

    /** Stops it in order, and returns all it printed since it was started last. */
    public String stop() throws IOException, InterruptedException {
        running().signal("INT");
        running().awaitExit(STOP_LIMIT);
        return running().output();
    }

    private ChildProgram running() {
        if (program == null) {
            throw new IllegalStateException("node " + name + " was not started");
        }
        return program;
    }

    @Override
    public void close() {
        if (program != null) {
            program.close();
        }
    }
}
