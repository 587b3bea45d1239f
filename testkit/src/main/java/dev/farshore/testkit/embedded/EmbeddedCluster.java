package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One or several brokers that replicate each other's partitions, and a registry where asked for.
 *
 * <p>Threading: any thread. Ownership: whoever started it closes it; the end of this process ends
 * all in any case.
 */
public final class EmbeddedCluster implements AutoCloseable {
    private final List<EmbeddedKafka> brokers;
    private final Optional<EmbeddedRegistry> registry;

    private EmbeddedCluster(List<EmbeddedKafka> brokers, Optional<EmbeddedRegistry> registry) {
        this.brokers = List.copyOf(brokers);
        this.registry = registry;
    }

    /** Starts all at once, and returns when all serve requests. */
    public static EmbeddedCluster start(
            Path folder, int brokers, boolean withRegistry, Consumer<String> progress)
            throws IOException, InterruptedException {
        EmbeddedFiles files = EmbeddedFiles.locate();
        List<EmbeddedKafka> kafkas = new ArrayList<>();
        for (Membership membership : Membership.ofCluster(brokers)) {
            kafkas.add(
                    new EmbeddedKafka(
                            files,
                            folder.resolve("kafka-" + membership.id()),
                            0,
                            null,
                            membership,
                            progress));
        }
        EmbeddedCluster cluster =
                new EmbeddedCluster(
                        kafkas,
                        withRegistry
                                ? Optional.of(
                                        new EmbeddedRegistry(
                                                files, folder.resolve("registry"), 0, progress))
                                : Optional.empty());
        try {
            List<EmbeddedServer> servers = new ArrayList<>(kafkas);
            cluster.registry.ifPresent(servers::add);
            EmbeddedServers.start(servers);
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    public List<EmbeddedKafka> brokers() {
        return brokers;
    }

    public Optional<EmbeddedRegistry> registry() {
        return registry;
    }

    /** Stops all and returns when they are gone. */
    @Override
    public void close() {
        List<Runnable> stops = new ArrayList<>();
        registry.ifPresent(one -> stops.add(one::stop));
        // A quorum that loses its majority can't stop in order: all at once, killed.
        brokers.forEach(broker -> stops.add(broker::kill));
        EmbeddedServers.stop(stops);
    }
}
