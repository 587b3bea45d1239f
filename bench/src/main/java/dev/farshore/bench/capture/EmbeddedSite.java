package dev.farshore.bench.capture;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.capture.publish.Lane;
import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.Compression;
import dev.farshore.node.config.Listener;
import dev.farshore.node.config.NbdConfig;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.config.NodeId;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** A broker, a registry, a coordinator and a node of one site: everything a user runs for it. */
final class EmbeddedSite implements AutoCloseable {
    private static final String SITE = "a";
    private static final int PARTITIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Coordinator coordinator;
    private final List<String> vvols = new ArrayList<>();
    private final Path socket;
    private final long volumeBytes;
    private final NbdUri uri;

    private EmbeddedSite(
            Path folder, EmbeddedEnvironment environment, Compression compression, long volumeBytes)
            throws IOException, InterruptedException {
        ConnectionConfig connection =
                new ConnectionConfig(
                        new KafkaConfig(List.of(environment.bootstrapServers()), Map.of()),
                        new RegistryConfig(URI.create(environment.registryUrl())),
                        PATIENCE);
        CoordinatorProcess process =
                CoordinatorProcess.start(
                        CoordinatorConfig.of(
                                connection,
                                new CoordinatorHttpConfig("127.0.0.1", 0),
                                List.of(SITE),
                                TopicSettings.of(PARTITIONS, 1)),
                        news -> {});
        running.push(process);
        coordinator = process.coordinator();
        Path socket = folder.resolve("node.sock");
        running.push(
                SiteNode.start(
                        NodeConfig.of(
                                        NodeId.onlyOf(SITE, folder.resolve("site")),
                                        connection,
                                        new NbdConfig(
                                                List.of(new Listener.Unix(socket)), "127.0.0.1"))
                                .withCompression(compression),
                        ApplyListener.NONE,
                        news -> {}));
        this.socket = socket;
        this.volumeBytes = volumeBytes;
        uri = create(CaptureBench.VVOL);
    }

    private NbdUri create(String vvol) throws IOException, InterruptedException {
        coordinator
                .volumes()
                .create(new NewVolume(vvol, volumeBytes, SITE, "log", CaptureBench.JOURNAL_BYTES));
        vvols.add(vvol);
        return NbdUri.parse("nbd+unix:///" + vvol + "?socket=" + socket);
    }

    /** Another volume, whose headers have no hash chain. */
    NbdUri createWithoutChain() throws IOException, InterruptedException {
        System.setProperty(Lane.WITHOUT_CHAIN, "true");
        try {
            NbdUri other = create(CaptureBench.VVOL + "-without-chain");
            awaitOpen(other);
            return other;
        } finally {
            System.clearProperty(Lane.WITHOUT_CHAIN);
        }
    }

    /** The node hears of a new volume a moment after the coordinator has made it. */
    private static void awaitOpen(NbdUri uri) throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                RoundTrips.flushMicros(uri, 1);
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadlineNanos > 0) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    /**
     * @param environment stays its owner's
     */
    static EmbeddedSite start(
            Path folder, EmbeddedEnvironment environment, Compression compression, long volumeBytes)
            throws IOException, InterruptedException {
        return new EmbeddedSite(folder, environment, compression, volumeBytes);
    }

    NbdUri uri() {
        return uri;
    }

    /** Returns when the image has hardened the whole log: from then on nothing goes on here. */
    void awaitIdle() throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (!isIdle()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IOException("the image does not reach the end of the log");
            }
            Thread.sleep(50);
        }
    }

    private boolean isIdle() {
        List<LagReport> lags =
                coordinator
                        .volumeReports()
                        .lags(vvols.stream().map(coordinator.volumes()::require).toList());
        return !lags.isEmpty() && lags.stream().allMatch(LagReport::isNone);
    }

    @Override
    public void close() throws IOException {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
