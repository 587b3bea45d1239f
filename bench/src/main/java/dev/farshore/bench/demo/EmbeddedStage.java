package dev.farshore.bench.demo;

import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.LagReport;
import dev.farshore.coordinator.api.MigrationReport;
import dev.farshore.coordinator.api.NewMigration;
import dev.farshore.coordinator.api.NewVm;
import dev.farshore.coordinator.api.VolumeReport;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.coordinator.migration.MigrationMachine;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.Listener;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The demo's stage: a real broker and a real registry in processes of their own, the nodes of two
 * sites and the coordinator in this one.
 */
public final class EmbeddedStage implements DemoStage {
    public static final List<String> SITES = List.of("a", "b");

    private static final Logger log = LoggerFactory.getLogger(EmbeddedStage.class);
    private static final int PARTITIONS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(5);

    private final Path folder;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private @Nullable Coordinator coordinator;

    private EmbeddedStage(Path folder) {
        this.folder = folder;
    }

    /** Sets everything up; returns when it runs. */
    public static DemoStage build(Settings settings) throws IOException, InterruptedException {
        EmbeddedStage stage = new EmbeddedStage(settings.folder());
        try {
            stage.startAll(settings);
            return stage;
        } catch (IOException | InterruptedException | RuntimeException e) {
            stage.close();
            throw e;
        }
    }

    private void startAll(Settings settings) throws IOException, InterruptedException {
        EmbeddedEnvironment environment =
                EmbeddedEnvironment.start(
                        new EmbeddedEnvironment.Settings(folder, 0, 0, settings.news()));
        running.push(environment);
        CoordinatorProcess process =
                CoordinatorProcess.start(coordinatorConfig(environment, settings), settings.news());
        running.push(process);
        coordinator = process.coordinator();
        for (String site : SITES) {
            settings.news().accept("Starting the node of site " + site + ".");
            running.push(
                    SiteNode.start(
                            nodeConfig(site, environment),
                            (vvol, cursor, image) ->
                                    settings.flushes()
                                            .flushApplied(site, vvol, cursor.seq(), image::read),
                            settings.news()));
        }
    }

    private static CoordinatorConfig coordinatorConfig(
            EmbeddedEnvironment environment, Settings settings) {
        return new CoordinatorConfig(
                kafka(environment),
                registry(environment),
                new CoordinatorConfig.Http("127.0.0.1", settings.port()),
                SITES,
                MigrationLimits.DEFAULT,
                TopicSettings.of(PARTITIONS, 1),
                PATIENCE);
    }

    private NodeConfig nodeConfig(String site, EmbeddedEnvironment environment) {
        return new NodeConfig(
                site,
                NodeConfig.defaultName(site),
                dataDir(site),
                kafka(environment),
                NodeConfig.DEFAULT_COMPRESSION,
                registry(environment),
                new NodeConfig.Nbd(List.of(new Listener.Tcp("127.0.0.1", 0)), "127.0.0.1"),
                NodeConfig.Streams.DEFAULT,
                Duration.ofMillis(50),
                PATIENCE);
    }

    private static KafkaConfig kafka(EmbeddedEnvironment environment) {
        return new KafkaConfig(List.of(environment.bootstrapServers()), java.util.Map.of());
    }

    private static RegistryConfig registry(EmbeddedEnvironment environment) {
        return new RegistryConfig(URI.create(environment.registryUrl()));
    }

    private Path dataDir(String site) {
        return folder.resolve("site-" + site);
    }

    @Override
    public List<String> sites() {
        return SITES;
    }

    @Override
    public String dashboardUrl() {
        return coordinator().url().toString();
    }

    @Override
    public void createVm(String vm, List<DemoStage.NewVolume> volumes, String site)
            throws IOException, InterruptedException {
        for (DemoStage.NewVolume volume : volumes) {
            coordinator()
                    .volumes()
                    .create(
                            new dev.farshore.coordinator.api.NewVolume(
                                    volume.vvol(), volume.sizeBytes(), site, null, null));
        }
        coordinator()
                .vms()
                .create(
                        new NewVm(
                                vm,
                                volumes.stream()
                                        .<@Nullable String>map(DemoStage.NewVolume::vvol)
                                        .toList()));
        for (DemoStage.NewVolume volume : volumes) {
            await(
                    () ->
                            imageAt(volume.vvol(), site) instanceof VolumeReport.Image image
                                    && image.open(),
                    "site %s to serve %s".formatted(site, volume.vvol()));
        }
    }

    @Override
    public SequencedMap<String, Long> migrate(String vm, String site, Consumer<String> onPhase)
            throws IOException, InterruptedException {
        String id =
                coordinator()
                        .migrations()
                        .start(vm, new NewMigration(site, null))
                        .plan()
                        .migration();
        String step = "";
        while (true) {
            MigrationMachine machine = coordinator().migrations().require(id);
            MigrationReport report = coordinator().migrationReports().of(machine);
            if (!report.step().equals(step)) {
                step = report.step();
                onPhase.accept(step.toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
            }
            if (report.over()) {
                return phases(report);
            }
            Thread.sleep(POLL);
        }
    }

    private static SequencedMap<String, Long> phases(MigrationReport report) throws IOException {
        if (!report.hasFinished()) {
            throw new IOException(
                    "migration of %s to %s ended as %s: %s"
                            .formatted(report.vm(), report.to(), report.step(), report.reason()));
        }
        SequencedMap<String, Long> phases = new LinkedHashMap<>();
        put(phases, "catchUp", report.phases().catchUp());
        put(phases, "seal", report.phases().seal());
        put(phases, "drain", report.phases().drain());
        put(phases, "open", report.phases().open());
        return phases;
    }

    private static void put(SequencedMap<String, Long> phases, String name, @Nullable Long millis) {
        if (millis != null) {
            phases.put(name, millis);
        }
    }

    @Override
    public long lagMillis(String vm) {
        double seconds = 0;
        for (LagReport lag : lags(vm)) {
            seconds = Math.max(seconds, lag.knownSeconds());
        }
        return Math.round(seconds * 1000);
    }

    private List<LagReport> lags(String vm) {
        return coordinator().volumeReports().lags(coordinator().vms().require(vm).volumes());
    }

    @Override
    public NbdUri locate(String vvol) throws IOException {
        String owner = coordinator().volumes().require(vvol).getOwner();
        VolumeReport.Image image = imageAt(vvol, owner);
        if (image == null || image.endpoint().isEmpty()) {
            throw new IOException("site %s does not serve %s yet".formatted(owner, vvol));
        }
        return NbdUri.parse(image.endpoint());
    }

    private VolumeReport.@Nullable Image imageAt(String vvol, String site) {
        VolumeReport report =
                coordinator().volumeReports().of(coordinator().volumes().require(vvol));
        return report.images().stream()
                .filter(image -> image.site().equals(site))
                .findFirst()
                .orElse(null);
    }

    @Override
    public Path image(String vvol, String site) {
        return SiteNode.imageDirectory(dataDir(site)).resolve(vvol + ".img");
    }

    @Override
    public void awaitHardened(String vm, Duration timeout)
            throws IOException, InterruptedException {
        await(
                () -> {
                    List<LagReport> lags = lags(vm);
                    return !lags.isEmpty() && lags.stream().allMatch(LagReport::isNone);
                },
                "all sites to harden the log of " + vm);
    }

    private Coordinator coordinator() {
        if (coordinator == null) {
            throw new IllegalStateException("the stage is not set up");
        }
        return coordinator;
    }

    private static void await(BooleanSupplier condition, String what)
            throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNs) {
                throw new IOException("waited %d s for %s".formatted(PATIENCE.toSeconds(), what));
            }
            Thread.sleep(POLL);
        }
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            AutoCloseable part = running.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.atWarn()
                        .addKeyValue("part", part.getClass().getSimpleName())
                        .setCause(e)
                        .log("did not close in order");
            }
        }
    }
}
