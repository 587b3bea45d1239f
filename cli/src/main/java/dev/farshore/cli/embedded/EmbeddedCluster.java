package dev.farshore.cli.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Several brokers that replicate each other's partitions, and a registry.
 *
 * <p>Threading: any thread. Ownership: whoever started it closes it; the end of this process ends
 * all in any case.
 */
public final class EmbeddedCluster implements AutoCloseable {
    private final List<EmbeddedKafka> brokers;
    private final EmbeddedRegistry registry;

    private EmbeddedCluster(List<EmbeddedKafka> brokers, EmbeddedRegistry registry) {
        this.brokers = List.copyOf(brokers);
        this.registry = registry;
    }

    /** Starts all at once, and returns when all serve requests. */
    public static EmbeddedCluster start(Path folder, int brokers, Consumer<String> progress)
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
                        new EmbeddedRegistry(files, folder.resolve("registry"), 0, progress));
        try {
            cluster.startAll();
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private void startAll() throws IOException, InterruptedException {
        List<EmbeddedServer> servers = new ArrayList<>(brokers);
        servers.add(registry);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starts = new ArrayList<>();
            for (EmbeddedServer server : servers) {
                starts.add(
                        executor.submit(
                                () -> {
                                    server.start();
                                    return null;
                                }));
            }
            try {
                for (Future<?> start : starts) {
                    start.get();
                }
            } catch (ExecutionException e) {
                throw new EmbeddedStartException(
                        "the embedded cluster did not start: " + e.getCause(), e);
            } finally {
                executor.shutdownNow();
            }
        }
    }

    public List<EmbeddedKafka> brokers() {
        return brokers;
    }

    /** The addresses of all brokers, separated by commas. */
    public String bootstrapServers() {
        return brokers.stream()
                .map(EmbeddedKafka::bootstrapServers)
                .collect(Collectors.joining(","));
    }

    public String registryUrl() {
        return registry.url();
    }

    /** Stops all and returns when they are gone. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            executor.execute(registry::stop);
            // A quorum that loses its majority can't stop in order: all at once, killed.
            brokers.forEach(broker -> executor.execute(broker::kill));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
