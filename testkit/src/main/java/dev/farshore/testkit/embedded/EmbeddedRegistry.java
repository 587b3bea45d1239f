package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A schema registry: Apicurio, which has Confluent's API. It keeps its schemas in a file. */
public final class EmbeddedRegistry extends EmbeddedServer {
    /** The path of Confluent's API. */
    public static final String CONFLUENT_API = "/apis/ccompat/v7";

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final EmbeddedFiles files;

    /**
     * @param folder holds data and log; created if need be, kept when the registry stops
     * @param port 0 for a free one, which then stays the same
     * @param progress told what is going on, a line at a time
     */
    public EmbeddedRegistry(EmbeddedFiles files, Path folder, int port, Consumer<String> progress)
            throws IOException {
        super("the schema registry", STOP_PATIENCE, folder, port, progress);
        this.files = files;
    }

    /** Where Confluent's API is. */
    public String url() {
        return "http://" + HOST + ":" + port() + CONFLUENT_API;
    }

    @Override
    String address() {
        return url();
    }

    @Override
    ChildJvm.Program program() {
        return new ChildJvm.Program(
                "the schema registry",
                List.of(files.registryJar()),
                List.of(
                        "-Xms64m",
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+ExitOnOutOfMemoryError",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                        "-Djava.io.tmpdir=" + folder(),
                        "-Dquarkus.http.host=" + HOST,
                        "-Dquarkus.http.port=" + port(),
                        "-Dquarkus.http.access-log.enabled=false",
                        // A second listener nobody asks, which cannot be switched off.
                        "-Dquarkus.management.host=" + HOST,
                        "-Dquarkus.management.port=0",
                        "-Dapicurio.datasource.url=jdbc:h2:file:"
                                + folder().resolve("schemas")
                                // A schema id that was handed out is in records: never forget it.
                                + ";WRITE_DELAY=0",
                        "-Dapicurio.datasource.jdbc.initial-size=2",
                        "-Dapicurio.datasource.jdbc.min-size=2",
                        "-Dapicurio.storage.snapshot.location=" + folder(),
                        "-Dapicurio.import.work-dir=" + folder()),
                List.of("io.quarkus.bootstrap.runner.QuarkusEntryPoint"),
                logFile());
    }

    @Override
    Optional<String> problem() throws InterruptedException {
        return Readiness.ofRegistry(url());
    }
}
