package dev.farshore.node;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.capture.publish.CompressionTrial;
import dev.farshore.node.config.DefaultNodeName;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.folder.DataDirectory;
import dev.farshore.node.images.MissingImages;
import dev.farshore.node.placement.DrainTurns;
import dev.farshore.node.placement.PlacementWatch;
import dev.farshore.node.placement.SiteNodes;
import dev.farshore.node.placement.VolumePlacement;
import dev.farshore.process.metrics.ClusterMetrics;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.BuildVersion;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.clock.ClockProbe;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.ProcessIdentity;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.topic.CompactedView;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * One node of a site: takes its VMs' writes over NBD, publishes them, and keeps the site's images.
 *
 * <p>Ownership: whoever starts it closes it. Parts are closed in the reverse order of their making:
 * clients first, then what they need, the claim to the name and the data directory last.
 */
public final class SiteNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SiteNode.class);

    private final OwnedResources owned;
    private final NameClaim name;
    private final ApplySide apply;

    /**
     * Starts a node and returns when it serves.
     *
     * @param flushes told of every FLUSH that this node applies
     * @param news told what is being waited for, a line at a time
     */
    public static SiteNode start(NodeConfig config, ApplyListener flushes, Consumer<String> news)
            throws IOException, InterruptedException {
        return start(config, Clock.systemUTC(), flushes, news);
    }

    /**
     * The same by another clock.
     *
     * @param clock tells when events are captured and states are reported
     */
    public static SiteNode start(
            NodeConfig config, Clock clock, ApplyListener flushes, Consumer<String> news)
            throws IOException, InterruptedException {
        CompressionTrial.require(config.compression().kafkaName());
        OwnedResources owned = new OwnedResources("node " + config.node());
        try {
            DataDirectory directory = owned.add(DataDirectory.open(config));
            ProcessMetrics metrics = owned.add(NodeMetrics.of(config));
            NodeConfig measured = NodeMetrics.measured(config, metrics);
            NodeTopics topics = NodeTopics.open(measured, owned, news);
            metrics.add(new ClusterMetrics(metrics.identity(), topics.cluster()));
            return new SiteNode(
                    new NodeSetup(
                            measured, directory, topics, clock, System::nanoTime, metrics, owned),
                    flushes,
                    news);
        } catch (IOException | InterruptedException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /** Whatever is started is owned at once: the caller closes it if a later part fails. */
    private SiteNode(NodeSetup setup, ApplyListener flushes, Consumer<String> news)
            throws IOException, InterruptedException {
        NodeConfig config = setup.config();
        NodeTopics topics = setup.topics();
        owned = setup.owned();
        NodeReportSource reportSource =
                new NodeReportSource(config, setup.directory().maxImageBytes());
        name =
                new NameClaim(
                        config.site(),
                        config.node(),
                        ProcessIdentity.starting(
                                DefaultNodeName.hostName(),
                                config.id().dataDir().toString(),
                                BuildVersion.current()),
                        setup.nanoClock());
        ClockProbe probe =
                owned.add(
                        name.claim(
                                config.connection().kafka().clientProperties(),
                                topics.serdes().clocks().serializer(),
                                setup.clock(),
                                reportSource::condition,
                                topics.clockReadings(),
                                news));
        ClockSkews clocks = new ClockSkews(probe, topics.clockReadings());
        SiteNodes nodes = new SiteNodes(config.site(), clocks::readings);
        CompactedView<Progress> progress = owned.add(topics.openProgress());
        VolumePlacement placement =
                new VolumePlacement(
                        nodes,
                        () -> topics.specs().snapshot().values(),
                        new DrainTurns(
                                nodes,
                                vvol -> progress.get(vvol + "@" + config.site()),
                                setup.nanoClock()));
        apply = new ApplySide(setup, placement, progress, reportSource, flushes);
        CaptureSide capture = new CaptureSide(setup, name.process(), apply.images());
        NodeServers servers = new NodeServers(setup, apply, capture, clocks);
        servers.start();
        reportSource.serves(apply, capture, servers);
        apply.start();
        capture.start();
        follow(setup, placement, nodes, capture);
        apply.awaitRunning();
        log.atInfo()
                .addKeyValue("site", config.site())
                .addKeyValue("node", config.node())
                .addKeyValue("nbd", servers.nbd().addresses())
                .addKeyValue("http", reportSource.httpUrl())
                .log("node serves");
    }

    /** Has the topics tell the parts what changes. */
    private void follow(
            NodeSetup setup, VolumePlacement placement, SiteNodes nodes, CaptureSide capture) {
        NodeTopics topics = setup.topics();
        SiteApplication application = apply.application();
        PlacementWatch watch =
                owned.add(
                        new PlacementWatch(
                                setup.config().node(),
                                placement,
                                nodes,
                                application.images()::activePartitions,
                                application::rebalance));
        topics.clockReadings().listen((key, reading) -> watch.nodesChanged());
        topics.specs()
                .listen(
                        (vvol, spec) -> {
                            watch.changed();
                            capture.specChanged(spec);
                        });
        apply.progress().listen((key, report) -> capture.reported(report));
        owned.add(
                        new MissingImages(
                                setup.config().connection().kafka(),
                                application.images(),
                                topics.specs(),
                                apply.progress()))
                .start();
    }

    /**
     * Waits until the process is told to stop, or can't do its job any more.
     *
     * @return why it can't
     * @throws InterruptedException if it is told to stop
     */
    public String awaitFailure() throws InterruptedException {
        try {
            return apply.application()
                    .failure()
                    .applyToEither(
                            name.lost().thenApply(reason -> "must not go on: " + reason),
                            reason -> reason)
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never fails itself
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
