package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A broker and a registry, both running: what a node and a coordinator need around them.
 *
 * <p>Threading: any thread. Ownership: whoever started it closes it; the end of this process ends
 * both in any case.
 */
public final class EmbeddedEnvironment implements AutoCloseable {

    /**
     * @param folder of data and logs; created if need be, kept afterwards
     * @param kafkaPort 0 for a free one
     * @param registryPort 0 for a free one
     * @param progress told what is going on, a line at a time, by any thread
     * @param detour a second way to the broker; null for none
     */
    public record Settings(
            Path folder,
            int kafkaPort,
            int registryPort,
            Consumer<String> progress,
            @Nullable Detour detour) {

        public Settings(Path folder, int kafkaPort, int registryPort, Consumer<String> progress) {
            this(folder, kafkaPort, registryPort, progress, null);
        }

        /** Free ports, and no news. */
        public static Settings in(Path folder) {
            return new Settings(folder, 0, 0, news -> {});
        }
    }

    /**
     * A listener of the broker for clients that reach it through something in between.
     *
     * @param listenPort of the broker
     * @param advertisedPort where those clients are sent
     */
    public record Detour(int listenPort, int advertisedPort) {}

    private final EmbeddedKafka kafka;
    private final EmbeddedRegistry registry;

    private EmbeddedEnvironment(EmbeddedKafka kafka, EmbeddedRegistry registry) {
        this.kafka = kafka;
        this.registry = registry;
    }

    /**
     * Starts both at once, and returns when both serve requests. If one fails, or this thread is
     * interrupted, neither is left running.
     */
    public static EmbeddedEnvironment start(Settings settings)
            throws IOException, InterruptedException {
        EmbeddedFiles files = EmbeddedFiles.locate();
        return started(
                new EmbeddedEnvironment(
                        new EmbeddedKafka(
                                files,
                                settings.folder().resolve("kafka"),
                                settings.kafkaPort(),
                                settings.detour(),
                                Membership.alone(),
                                settings.progress()),
                        registry(files, settings)));
    }

    private static EmbeddedRegistry registry(EmbeddedFiles files, Settings settings)
            throws IOException {
        return new EmbeddedRegistry(
                files,
                settings.folder().resolve("registry"),
                settings.registryPort(),
                settings.progress());
    }

    private static EmbeddedEnvironment started(EmbeddedEnvironment environment)
            throws IOException, InterruptedException {
        try {
            EmbeddedServers.start(List.of(environment.kafka, environment.registry));
        } catch (IOException | InterruptedException | RuntimeException e) {
            environment.close();
            throw e;
        }
        return environment;
    }

    /** The same with a secured broker. The registry stays open. */
    public static EmbeddedEnvironment start(Settings settings, BrokerSecurity security)
            throws IOException, InterruptedException {
        EmbeddedFiles files = EmbeddedFiles.locate();
        return started(
                new EmbeddedEnvironment(
                        new EmbeddedKafka(
                                files,
                                settings.folder().resolve("kafka"),
                                security,
                                settings.progress()),
                        registry(files, settings)));
    }

    public EmbeddedKafka kafka() {
        return kafka;
    }

    public EmbeddedRegistry registry() {
        return registry;
    }

    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    public String registryUrl() {
        return registry.url();
    }

    /** Stops both and returns when both are gone. */
    @Override
    public void close() {
        EmbeddedServers.stop(List.of(registry::stop, kafka::stop));
    }
}
