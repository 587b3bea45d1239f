package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A Kafka broker that is a controller too: its own, or with others one of a quorum. */
public final class EmbeddedKafka extends EmbeddedServer {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private final EmbeddedFiles files;
    private final Membership membership;
    private final EmbeddedEnvironment.@Nullable Detour detour;
    private final @Nullable BrokerSecurity security;
    private final Map<String, String> further;

    /**
     * @param folder holds data, settings and log; created if need be, kept when the broker stops
     * @param port 0 for a free one, which then stays the same
     * @param progress told what is going on, a line at a time
     */
    public EmbeddedKafka(EmbeddedFiles files, Path folder, int port, Consumer<String> progress)
            throws IOException {
        this(files, folder, port, null, Membership.alone(), progress);
    }

    /** Secured; see {@link BrokerSecurity}. */
    EmbeddedKafka(
            EmbeddedFiles files, Path folder, BrokerSecurity security, Consumer<String> progress)
            throws IOException {
        this(files, folder, 0, null, Membership.alone(), security, Map.of(), progress);
    }

    EmbeddedKafka(
            EmbeddedFiles files,
            Path folder,
            int port,
            EmbeddedEnvironment.@Nullable Detour detour,
            Membership membership,
            Consumer<String> progress)
            throws IOException {
        this(files, folder, port, detour, membership, null, Map.of(), progress);
    }

    /**
     * @param further settings of the broker, in place of its own
     */
    EmbeddedKafka(
            EmbeddedFiles files,
            Path folder,
            int port,
            EmbeddedEnvironment.@Nullable Detour detour,
            Membership membership,
            @Nullable BrokerSecurity security,
            Map<String, String> further,
            Consumer<String> progress)
            throws IOException {
        super("Kafka", STOP_PATIENCE, folder, port, progress);
        this.files = files;
        this.detour = detour;
        this.membership = membership;
        this.security = security;
        this.further = Map.copyOf(further);
    }

    public String bootstrapServers() {
        return HOST + ":" + port();
    }

    @Override
    String address() {
        return bootstrapServers();
    }

    @Override
    ChildJvm.Program program() throws IOException {
        Path properties = folder().resolve("server.properties");
        BrokerProperties.write(
                properties,
                folder().resolve("data"),
                port(),
                membership,
                detour,
                security,
                further);
        return new ChildJvm.Program(
                "Kafka",
                files.kafkaClasspath(),
                List.of(
                        "-Xms256m",
                        "-Xmx512m",
                        "-XX:+UseG1GC",
                        "-XX:MaxDirectMemorySize=256m",
                        "-XX:+ExitOnOutOfMemoryError",
                        // Compression libraries are unpacked there, and left behind after a kill.
                        "-Djava.io.tmpdir=" + folder(),
                        "-Dfarshore.embedded.authorizer.log="
                                + (security == null ? "INFO" : "DEBUG"),
                        "-Dlog4j2.configurationFile=classpath:dev/farshore/testkit/embedded/broker-log4j2.xml",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow"),
                programArguments(properties),
                logFile());
    }

    private List<String> programArguments(Path properties) throws IOException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(BrokerMain.class.getName(), clusterId(), properties.toString()));
        if (security != null) {
            arguments.addAll(BrokerSecurity.formatArguments());
        }
        return arguments;
    }

    /** Chosen once for a folder: the broker refuses data of another cluster. */
    private String clusterId() throws IOException {
        Path file = folder().resolve("cluster-id");
        if (!Files.exists(file)) {
            Files.writeString(file, membership.newClusterId().toString());
        }
        return Files.readString(file).strip();
    }

    @Override
    Optional<String> problem() throws InterruptedException {
        return Readiness.ofBroker(
                bootstrapServers(), security == null ? Map.of() : security.adminProperties());
    }
}
