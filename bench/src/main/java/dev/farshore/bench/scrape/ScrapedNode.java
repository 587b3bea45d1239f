package dev.farshore.bench.scrape;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.LatestReadsConfig;
import dev.farshore.node.config.Listener;
import dev.farshore.node.config.NbdConfig;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.config.NodeHttpConfig;
import dev.farshore.node.config.NodeId;
import dev.farshore.node.config.ServersConfig;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A coordinator and a node that writes many volumes, on a broker of their own. */
final class ScrapedNode implements AutoCloseable {
    private static final String SITE = "a";
    private static final int PARTITIONS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final long VOLUME_BYTES = 16L << 20;
    private static final long JOURNAL_BYTES = 16L << 20;

    private final OwnedResources owned = new OwnedResources("bench");
    private final CoordinatorProcess coordinator;
    private final URI metrics;

    ScrapedNode(Path folder, EmbeddedEnvironment environment)
            throws IOException, InterruptedException {
        ConnectionConfig connection =
                new ConnectionConfig(
                        new KafkaConfig(List.of(environment.bootstrapServers()), Map.of()),
                        new RegistryConfig(URI.create(environment.registryUrl())),
                        PATIENCE);
        int port = freePort();
        metrics = URI.create("http://127.0.0.1:" + port + "/metrics");
        try {
            coordinator =
                    owned.add(
                            CoordinatorProcess.start(
                                    CoordinatorConfig.of(
                                            connection,
                                            new CoordinatorHttpConfig("127.0.0.1", 0),
                                            List.of(SITE),
                                            TopicSettings.of(PARTITIONS, 1)),
                                    news -> {}));
            NbdConfig nbd =
                    new NbdConfig(
                            List.of(new Listener.Unix(folder.resolve("node.sock"))), "127.0.0.1");
            owned.add(
                    SiteNode.start(
                            NodeConfig.of(
                                            NodeId.onlyOf(SITE, folder.resolve("site")),
                                            connection,
                                            nbd)
                                    .withServers(
                                            new ServersConfig(
                                                    nbd,
                                                    new NodeHttpConfig("127.0.0.1", port),
                                                    LatestReadsConfig.DEFAULT)),
                            ApplyListener.NONE,
                            news -> {}));
        } catch (IOException | InterruptedException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** The node opens them a moment later. */
    void create(int volumes) throws InterruptedException {
        for (int volume = 0; volume < volumes; volume++) {
            coordinator
                    .coordinator()
                    .volumes()
                    .create(
                            new NewVolume(
                                    "volume-%04d".formatted(volume),
                                    VOLUME_BYTES,
                                    SITE,
                                    "log",
                                    JOURNAL_BYTES));
        }
    }

    URI metrics() {
        return metrics;
    }

    @Override
    public void close() {
        owned.close();
    }
}
