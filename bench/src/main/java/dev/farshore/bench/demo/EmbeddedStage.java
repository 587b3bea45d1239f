package dev.farshore.bench.demo;

import dev.farshore.coordinator.Coordinator;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.config.CoordinatorHttpConfig;
import dev.farshore.coordinator.migration.MigrationMachine;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.ImagesConfig;
import dev.farshore.node.config.Listener;
import dev.farshore.node.config.NbdConfig;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.config.NodeId;
import dev.farshore.node.folder.DataDirectory;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The demo's stage: a real broker and a real registry in processes of their own, the nodes of two
 * sites and the coordinator in this one.
 */
public final class EmbeddedStage implements DemoStage {
    public static final List<String> SITES = List.of("a", "b");

    private static final int PARTITIONS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration POLL = Duration.ofMillis(5);

    private final Path folder;
    private final OwnedResources owned;
    private final Coordinator coordinator;

    /** Sets everything up; returns when it runs. */
    public static DemoStage build(Settings settings) throws IOException, InterruptedException {
        OwnedResources owned = new OwnedResources("demo");
        try {
            return new EmbeddedStage(settings, owned);
        } catch (IOException | InterruptedException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /** Whatever is started is owned at once: the caller closes it if a later part fails. */
    private EmbeddedStage(Settings settings, OwnedResources owned)
            throws IOException, InterruptedException {
        this.folder = settings.folder();
        this.owned = owned;
        EmbeddedEnvironment environment =
                owned.add(
                        EmbeddedEnvironment.start(
                                new EmbeddedEnvironment.Settings(folder, 0, 0, settings.news())));
        ConnectionConfig connection =
                new ConnectionConfig(
                        new KafkaConfig(List.of(environment.bootstrapServers()), Map.of()),
                        new RegistryConfig(URI.create(environment.registryUrl())),
                        PATIENCE);
        CoordinatorConfig config =
                CoordinatorConfig.of(
                        connection,
                        new CoordinatorHttpConfig("127.0.0.1", settings.port()),
                        SITES,
                        TopicSettings.of(PARTITIONS, 1));
        coordinator = owned.add(CoordinatorProcess.start(config, settings.news())).coordinator();
        for (String site : SITES) {
            settings.news().accept("Starting the node of site " + site + ".");
            owned.add(
                    SiteNode.start(
                            nodeConfig(site, connection),
                            (vvol, cursor, image) ->
                                    settings.flushes()
                                            .flushApplied(site, vvol, cursor.seq(), image::read),
                            settings.news()));
        }
    }

    private NodeConfig nodeConfig(String site, ConnectionConfig connection) {
        return NodeConfig.of(
                        NodeId.onlyOf(site, dataDir(site)),
                        connection,
                        new NbdConfig(List.of(new Listener.Tcp("127.0.0.1", 0)), "127.0.0.1"))
                .withImages(ImagesConfig.DEFAULT.withHardenInterval(Duration.ofMillis(50)));
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
        return coordinator.url().toString();
    }

    @Override
    public void createVm(String vm, List<DemoStage.NewVolume> volumes, String site)
            throws IOException, InterruptedException {
        for (DemoStage.NewVolume volume : volumes) {
            coordinator
                    .volumes()
                    .create(
                            new dev.farshore.coordinator.api.request.NewVolume(
                                    volume.vvol(), volume.sizeBytes(), site, null, null));
        }
        coordinator
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
                coordinator.migrations().start(vm, new NewMigration(site, null)).plan().migration();
        String step = "";
        while (true) {
            MigrationMachine machine = coordinator.migrations().require(id);
            MigrationReport report = coordinator.migrationReports().of(machine);
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
        return coordinator.volumeReports().lags(coordinator.vms().require(vm).volumes());
    }

    @Override
    public NbdUri locate(String vvol) throws IOException {
        String owner = coordinator.volumes().require(vvol).getOwner();
        VolumeReport.Image image = imageAt(vvol, owner);
        if (image == null || image.endpoint().isEmpty()) {
            throw new IOException("site %s does not serve %s yet".formatted(owner, vvol));
        }
        return NbdUri.parse(image.endpoint());
    }

    private VolumeReport.@Nullable Image imageAt(String vvol, String site) {
        VolumeReport report = coordinator.volumeReports().of(coordinator.volumes().require(vvol));
        return report.images().stream()
                .filter(image -> image.site().equals(site))
                .findFirst()
                .orElse(null);
    }

    @Override
    public Path image(String vvol, String site) {
        return DataDirectory.images(dataDir(site)).resolve(vvol + ".img");
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
        owned.close();
    }
}
