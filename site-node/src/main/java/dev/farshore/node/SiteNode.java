package dev.farshore.node;

import dev.farshore.apply.assign.SiteTaskAssignor;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.apply.site.SiteSettings;
import dev.farshore.capture.export.SiteExports;
import dev.farshore.capture.publish.CompressionTrial;
import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.publish.KafkaHeaderRepair;
import dev.farshore.capture.publish.KafkaLogScan;
import dev.farshore.capture.publish.ProducerSettings;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.read.kafka.WriteLogs;
import dev.farshore.capture.volume.NodeContext;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.config.DefaultNodeName;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.http.NodeHttp;
import dev.farshore.node.query.BlockQueries;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.start.KafkaReadiness;
import dev.farshore.schemas.clock.ClockProbe;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.NodeCondition;
import dev.farshore.schemas.clock.ProcessIdentity;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.UnservedVolume;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One node of a site: takes its VMs' writes over NBD, publishes them, and keeps the site's images.
 *
 * <p>Ownership: whoever starts it closes it. Closing goes backwards: clients first, then what they
 * need.
 */
public final class SiteNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SiteNode.class);

    /** Image files of a data directory. */
    public static Path imageDirectory(Path dataDir) {
        return dataDir.resolve("images");
    }

    private final NodeConfig config;
    private final Clock clock;

    private final NameClaim name;

    private final NodeFront front;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private @Nullable CompactedView<VolumeSpec> volumes;
    private volatile @Nullable SiteApplication application;
    private volatile long maxImageBytes = ImageLimit.UNKNOWN;

    private SiteNode(NodeConfig config, Clock clock) {
        this.config = config;
        this.name =
                new NameClaim(
                        config.site(),
                        config.node(),
                        ProcessIdentity.starting(
                                DefaultNodeName.hostName(), config.dataDir().toString()));
        this.front = new NodeFront(config);
        this.clock = clock;
    }

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
        SiteNode node = new SiteNode(config, clock);
        try {
            node.startAll(flushes, news);
        } catch (IOException | InterruptedException | RuntimeException e) {
            node.close();
            throw e;
        }
        return node;
    }

    private void startAll(ApplyListener flushes, Consumer<String> news)
            throws IOException, InterruptedException {
        CompressionTrial.require(config.compression().kafkaName());
        Files.createDirectories(config.dataDir());
        closedAtEnd(DataDirLock.acquire(config.dataDir()));
        DefaultNodeName.keep(config.dataDir(), config.node());
        ImagePlaces.link(imageDirectory(config.dataDir()), config.imagePlaces());
        maxImageBytes = ImageLimit.of(imageDirectory(config.dataDir()));
        KafkaReadiness.await(
                config.kafka().bootstrap(),
                config.kafka().properties(),
                config.startTimeout(),
                news);
        RegistryConnection registry =
                closedAtEnd(
                        RegistryConnection.open(
                                config.registry().url().toString(), config.startTimeout()));
        FarshoreSerdes serdes = registry.serdes();
        CompactedView<VolumeSpec> specs =
                closedAtEnd(
                        CompactedView.ofSpecs(
                                config.kafka().clientProperties(),
                                serdes.volumes().deserializer()));
        volumes = specs;
        specs.awaitInitialLoad(config.startTimeout());

        CompactedView<ClockReading> clockReadings =
                closedAtEnd(
                        CompactedView.open(
                                config.kafka().clientProperties(),
                                Topics.CLOCKS,
                                serdes.clocks().deserializer()));
        // Whoever assigns partitions has to know which copies are faulty.
        clockReadings.awaitInitialLoad(config.startTimeout());
        ClockProbe probe =
                closedAtEnd(
                        name.claim(
                                config.kafka().clientProperties(),
                                serdes.clocks().serializer(),
                                clock,
                                this::condition,
                                clockReadings,
                                news));
        ClockSkews clocks = new ClockSkews(probe, clockReadings);
        SiteNodes nodes = new SiteNodes(config.site(), clocks::readings);
        SpecPlacement placement = new SpecPlacement(nodes, () -> specs.snapshot().values());
        SiteApplication apply = siteApplication(serdes, placement, flushes);
        application = apply;
        running.push(apply);
        CompactedView<Progress> progress =
                closedAtEnd(
                        CompactedView.open(
                                config.kafka().clientProperties(),
                                Topics.PROGRESS,
                                serdes.progress().deserializer()));
        SiteProgress sites = new SiteProgress(config.site(), config.node());
        front.serves(sites);
        SeedNeeds seedNeeds = new SeedNeeds(config.site(), System::nanoTime);
        progress.listen(seedNeeds::changed);
        // The index keeps what the slowest site lacks, so it has to know that site first.
        progress.awaitInitialLoad(config.startTimeout());
        progress.snapshot().forEach((key, value) -> progressed(sites, apply, key, value));
        progress.listen((key, value) -> progressed(sites, apply, key, value));
        NodeImages images =
                new NodeImages(
                        apply.images(),
                        apply.index(),
                        sites,
                        (vvol, site) -> progress.get(vvol + "@" + site),
                        seedNeeds,
                        LogEnds.of(config.kafka()));
        Publisher publisher = closedAtEnd(publisher(serdes));
        VolumeHost host =
                closedAtEnd(
                        new VolumeHost(
                                new NodeContext(
                                        config.site(),
                                        config.node(),
                                        name.process(),
                                        config.dataDir().resolve("journals"),
                                        publisher,
                                        images,
                                        headerRepair(serdes),
                                        clock,
                                        Executors.newCachedThreadPool(
                                                Thread.ofPlatform()
                                                        .daemon()
                                                        .name("farshore-force-", 0)
                                                        .factory()),
                                        new KafkaLogScan(
                                                config.kafka().clientProperties(),
                                                serdes.writeEventCodec()),
                                        config.imports())));
        front.serves(host);
        NbdServer nbd =
                closedAtEnd(
                        new NbdServer(
                                siteExports(host, images, apply, specs, clocks, serdes),
                                config.nbd().listeners().stream()
                                        .map(
                                                listener ->
                                                        new NbdListener(
                                                                listener.address(), listener.tls()))
                                        .toList(),
                                NbdLimits.defaults()));
        nbd.start();
        front.serves(nbd);
        serveHttp(
                host,
                apply.index(),
                new NodeBlocks(config.site(), config.node(), specs, progress, apply));
        publisher.start();
        apply.start();
        host.start();
        PlacementWatch watch =
                closedAtEnd(
                        new PlacementWatch(
                                config.node(),
                                placement,
                                nodes,
                                apply.images()::activePartitions,
                                apply::rebalance));
        clockReadings.listen((key, reading) -> watch.nodesChanged());
        specs.listen(
                (vvol, spec) -> {
                    watch.changed();
                    if (spec != null) {
                        host.specChanged(spec);
                    }
                });
        progress.listen((key, value) -> reported(host, images, value));
        closedAtEnd(new MissingImages(config.kafka(), apply.images(), specs, progress)).start();
        if (!apply.awaitRunning(config.startTimeout())) {
            throw new IOException(
                    "node %s did not get its volumes from Kafka Streams within %d s"
                            .formatted(config.node(), config.startTimeout().toSeconds()));
        }
        log.atInfo()
                .addKeyValue("site", config.site())
                .addKeyValue("node", config.node())
                .addKeyValue("nbd", nbd.addresses())
                .log("node serves");
    }

    private void serveHttp(VolumeHost host, DirtyBlockIndex index, NodeBlocks blocks) {
        NodeConfig.Http listen = config.http();
        if (listen != null) {
            NodeHttp served =
                    closedAtEnd(
                            new NodeHttp(
                                    KnownHosts.with(
                                            Stream.concat(
                                                            listen.allowedHosts().stream(),
                                                            Stream.of(
                                                                    config.nbd().advertisedHost()))
                                                    .toList()),
                                    config.site(),
                                    config.node(),
                                    host,
                                    index,
                                    application(),
                                    new BlockQueries(blocks)::addTo));
            served.start(listen.host(), listen.port());
            front.serves(served);
            log.atInfo()
                    .addKeyValue("node", config.node())
                    .addKeyValue("url", front.httpUrl())
                    .log("node tells of itself");
        }
    }

    private SiteApplication siteApplication(
            FarshoreSerdes serdes, SpecPlacement placement, ApplyListener flushes) {
        Map<String, Object> overrides = new HashMap<>(config.kafka().properties());
        overrides.put(SiteTaskAssignor.PLACEMENT_CONFIG, placement);
        SiteSettings settings =
                new SiteSettings(
                        config.site(),
                        config.node(),
                        config.kafka().bootstrap(),
                        config.dataDir().resolve("streams"),
                        ApplySettings.in(imageDirectory(config.dataDir()))
                                .withHardenInterval(config.hardenInterval())
                                .withHardenedAtFlush(this::isRemote),
                        config.streams().threads(),
                        config.streams().standbyReplicas(),
                        config.streams().sessionTimeout(),
                        Duration.ofMillis(500),
                        overrides);
        return new SiteApplication(
                settings,
                serdes.writes(),
                serdes.headers(),
                serdes.progress(),
                front,
                flushes,
                clock,
                config.index().memoryLimitBytes());
    }

    private SiteExports siteExports(
            VolumeHost host,
            NodeImages images,
            SiteApplication apply,
            CompactedView<VolumeSpec> specs,
            ClockSkews clocks,
            FarshoreSerdes serdes) {
        WriteLogs logs =
                closedAtEnd(
                        new WriteLogs(
                                config.kafka().clientProperties(), config.latest().cacheBytes()));
        return new SiteExports(
                host,
                new SiteExports.SiteContext(
                        config.site(),
                        new NodeVolumes(apply.images(), apply.index(), specs, clocks, clock),
                        images,
                        new NodeLogIndex(apply.index()),
                        logs,
                        serdes.writeEventCodec(),
                        config.latest().patience()));
    }

    private HeaderRepair headerRepair(FarshoreSerdes serdes) {
        return new KafkaHeaderRepair(
                config.kafka().clientProperties(),
                producerSettings("farshore-" + config.node() + "-repair")::newProducer,
                serdes.writeEventCodec(),
                serdes.writeHeaderCodec());
    }

    private ProducerSettings producerSettings(String clientId) {
        return new ProducerSettings(
                config.kafka().clientProperties(), clientId, config.compression().kafkaName());
    }

    private Publisher publisher(FarshoreSerdes serdes) {
        return new Publisher(
                producerSettings("farshore-" + config.node())::newProducer,
                serdes.writeEventCodec(),
                serdes.writeHeaderCodec(),
                ProducerSettings.LANE_WINDOW_BYTES);
    }

    private static void progressed(
            SiteProgress sites, SiteApplication apply, String key, @Nullable Progress progress) {
        sites.changed(key, progress);
        String vvol = key.substring(0, Math.max(0, key.lastIndexOf('@')));
        sites.hardenedEverywhere(vvol)
                .ifPresent(seq -> apply.index().onHardenedEverywhere(vvol, seq));
    }

    private void reported(VolumeHost host, NodeImages images, @Nullable Progress progress) {
        if (progress == null) {
            return;
        }
        if (progress.getSite().equals(config.site())) {
            host.reported(progress.getVvol());
        } else if (images.hasAllUpToHardened(progress)) {
            host.hardenedElsewhere(
                    progress.getVvol(), NodeImages.applied(progress), progress.getHardenedSeq());
        }
    }

    private NodeCondition condition() {
        SiteApplication started = application;
        return new NodeCondition(
                started == null ? List.of() : FaultyCopies.of(started.images()),
                front.troubles().entrySet().stream()
                        .map(at -> new UnservedVolume(at.getKey(), at.getValue()))
                        .toList(),
                maxImageBytes);
    }

    private boolean isRemote(String vvol) {
        CompactedView<VolumeSpec> specs = volumes;
        return specs != null
                && specs.get(vvol)
                        .map(spec -> spec.getDurability() == Durability.REMOTE)
                        .orElse(false);
    }

    /**
     * Waits until the process is told to stop, or can't do its job any more.
     *
     * @return why it can't
     * @throws InterruptedException if it is told to stop
     */
    public String awaitFailure() throws InterruptedException {
        try {
            return application()
                    .failure()
                    .applyToEither(
                            name.lost().thenApply(reason -> "must not go on: " + reason),
                            reason -> reason)
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never fails itself
        }
    }

    /** The streams application, for what it counts. */
    public SiteApplication application() {
        if (application == null) {
            throw new IllegalStateException("the node has not started");
        }
        return application;
    }

    /** The port of its HTTP server; empty if it has none. */
    public OptionalInt httpPort() {
        return front.httpPort();
    }

    private <T extends AutoCloseable> T closedAtEnd(T resource) {
        running.push(resource);
        return resource;
    }

    @Override
    public void close() {
        SiteApplication applied = application;
        if (applied != null) {
            log.atInfo()
                    .addKeyValue("node", config.node())
                    .addKeyValue("records", applied.counters().records())
                    .addKeyValue("restored", applied.counters().restoredRecords())
                    .addKeyValue("applied", applied.counters().events())
                    .addKeyValue("duplicates", applied.counters().duplicates())
                    .addKeyValue("fenced", applied.counters().fenced())
                    .log("node stops; what it processed since its start");
        }
        while (!running.isEmpty()) {
            AutoCloseable resource = running.pop();
            try {
                resource.close();
            } catch (Exception e) {
                log.atWarn()
                        .addKeyValue("node", config.node())
                        .addKeyValue("part", resource.getClass().getSimpleName())
                        .setCause(e)
                        .log("did not close in order");
            }
        }
    }
}
