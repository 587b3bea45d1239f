package dev.farshore.coordinator;

import dev.farshore.coordinator.api.report.RetentionReport;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.coordinator.http.HttpApi;
import dev.farshore.coordinator.lag.LagStateWatch;
import dev.farshore.coordinator.lag.LagTracker;
import dev.farshore.coordinator.metrics.CoordinatorMetrics;
import dev.farshore.coordinator.migration.MigrationDriver;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.migration.MigrationLoop;
import dev.farshore.coordinator.migration.MigrationRules;
import dev.farshore.coordinator.migration.MigrationService;
import dev.farshore.coordinator.report.ClockReports;
import dev.farshore.coordinator.report.MigrationReports;
import dev.farshore.coordinator.report.NodeReports;
import dev.farshore.coordinator.report.Reports;
import dev.farshore.coordinator.report.VolumeReports;
import dev.farshore.coordinator.retention.Headroom;
import dev.farshore.coordinator.retention.RetentionWatch;
import dev.farshore.coordinator.topic.KafkaImageReports;
import dev.farshore.coordinator.topic.KafkaVolumeSpecs;
import dev.farshore.coordinator.volume.ImageLimits;
import dev.farshore.coordinator.volume.NodeDraining;
import dev.farshore.coordinator.volume.NodeSilence;
import dev.farshore.coordinator.volume.OwnerEpochFollower;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.SiteForgetting;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.SpecRepublisher;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeChanges;
import dev.farshore.coordinator.volume.VolumeDeletion;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.coordinator.volume.VolumeServices;
import dev.farshore.process.config.HostPort;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.process.metrics.ClusterMetrics;
import dev.farshore.process.metrics.ProcessMetrics;
import dev.farshore.process.start.ClusterWatch;
import dev.farshore.process.start.KafkaConditions;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.schemas.registry.FarshoreSerdes;

import io.prometheus.metrics.model.snapshots.Labels;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * A running coordinator. All its state is in topics: it may be stopped, killed and started at any
 * time, and continues the migrations that are underway.
 *
 * <p>The topics must exist. {@link #close} ends its threads, newest first, and leaves migrations
 * where they are.
 */
public final class Coordinator implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

    private final CoordinatorConfig config;
    private final OwnedResources owned;
    private final LongSupplier nowMicros;
    private final CoordinatorTopics topics;
    private final VolumeServices services;
    private final MigrationService migrations;
    private final Reports reports;
    private final HttpApi http;

    /**
     * Reads the topics, begins to drive migrations and to serve HTTP.
     *
     * @throws CoordinatorStartException if the topics are not read within the start timeout, or the
     *     address cannot be listened on; nothing is left running
     */
    public static Coordinator start(CoordinatorConfig config, FarshoreSerdes serdes)
            throws InterruptedException {
        return start(config, serdes, InstantSource.system(), KafkaConditions.NONE);
    }

    /**
     * The same.
     *
     * @param cluster stays the caller's to close
     */
    static Coordinator start(CoordinatorConfig config, FarshoreSerdes serdes, ClusterWatch cluster)
            throws InterruptedException {
        return start(config, serdes, InstantSource.system(), cluster);
    }

    /** The same by another clock. */
    static Coordinator start(
            CoordinatorConfig config,
            FarshoreSerdes serdes,
            InstantSource clock,
            KafkaConditions cluster)
            throws InterruptedException {
        OwnedResources owned = new OwnedResources("coordinator");
        try {
            return new Coordinator(config, serdes, clock, cluster, owned);
        } catch (InterruptedException e) {
            owned.close();
            throw e;
        } catch (RuntimeException e) {
            owned.close();
            throw new CoordinatorStartException(
                    "coordinator could not start with Kafka at %s and HTTP at %s: %s"
                            .formatted(
                                    config.connection().kafka().bootstrap(),
                                    HostPort.of(config.http().host(), config.http().port()),
                                    e.getMessage()),
                    e);
        }
    }

    /** Whatever is started is owned at once: the caller closes it if a later part fails. */
    private Coordinator(
            CoordinatorConfig config,
            FarshoreSerdes serdes,
            InstantSource clock,
            KafkaConditions cluster,
            OwnedResources owned)
            throws InterruptedException {
        this.config = config;
        this.owned = owned;
        nowMicros = () -> EpochMicros.now(clock);
        ProcessMetrics metrics = owned.add(new ProcessMetrics(Labels.EMPTY, Map.of()));
        KafkaConfig measured =
                config.connection()
                        .kafka()
                        .withProperties(
                                metrics.reporting(config.connection().kafka().properties()));
        KafkaClients kafka = new KafkaClients(measured, owned);
        topics =
                new CoordinatorTopics(
                        config.connection().withKafka(measured), serdes, kafka, clock, owned);

        Sites sites = new Sites(Set.copyOf(config.sites()), topics.images());
        MigrationHistory history = topics.history();
        VmService vms = new VmService(topics.specs(), topics.images(), this::isMoving);
        services = services(topics, sites, vms);
        MigrationDriver driver =
                new MigrationDriver(
                        history,
                        topics.migrationLog(),
                        topics.specs(),
                        topics.images(),
                        topics.lags(),
                        new MigrationRules(config.migrations()),
                        topics.clocks(),
                        System::nanoTime);
        MigrationLoop loop = migrationLoop(driver, vms);
        migrations =
                new MigrationService(
                        history,
                        topics.migrationLog(),
                        vms,
                        sites,
                        topics.images(),
                        nowMicros,
                        loop::wake);
        RetentionWatch retention =
                owned.add(
                        new RetentionWatch(
                                kafka.admin(),
                                topics.specs(),
                                topics.images(),
                                topics.lags(),
                                config.retentionWarningPercent() / 100.0,
                                nowMicros));
        LagStateWatch states = owned.add(lagStates(sites));
        reports =
                new Reports(
                        volumeReports(sites, retention, states),
                        new MigrationReports(driver, nowMicros),
                        new NodeReports(
                                topics.clocks()::readings,
                                topics.specs()::all,
                                topics.images(),
                                topics.clocks(),
                                nowMicros));
        metrics.add(coordinatorMetrics()::snapshots);
        metrics.add(new ClusterMetrics(metrics.identity(), cluster));
        http =
                owned.add(
                        new HttpApi(
                                KnownHosts.with(config.http().allowedHosts()),
                                services,
                                migrations,
                                reports,
                                topics.lags()::isCaughtUp,
                                metrics,
                                cluster));
        http.start(config.http().host(), config.http().port());
        loop.start();
        retention.start();
        states.start();
        log.atInfo()
                .addKeyValue("url", url())
                .addKeyValue("volumes", services.volumes().all().size())
                .addKeyValue("vms", vms.all().size())
                .addKeyValue("migrationsUnderway", history.underway().size())
                .log("coordinator started");
    }

    private boolean isMoving(String vm) {
        return topics.history().moving(vm).isPresent();
    }

    private VolumeServices services(CoordinatorTopics topics, Sites sites, VmService vms) {
        KafkaVolumeSpecs specs = topics.specs();
        KafkaImageReports images = topics.images();
        ClockSkews clocks = topics.clocks();
        ImageLimits limits = new ImageLimits(clocks::readings, clocks, nowMicros);
        return new VolumeServices(
                new VolumeService(specs, sites, topics.partitions(), nowMicros, limits),
                vms,
                new VolumeChanges(specs, vms, this::isMoving, limits),
                new SeedService(specs, images, this::isMoving, nowMicros),
                new VolumeDeletion(specs, vms, images, this::isMoving, nowMicros),
                new SiteForgetting(
                        sites,
                        specs,
                        vms,
                        images,
                        clocks::readings,
                        clocks,
                        topics.history()::isMovingTo,
                        topics.siteRemoval(),
                        nowMicros),
                new NodeDraining(clocks::readings, topics.drainLog(), nowMicros));
    }

    private MigrationLoop migrationLoop(MigrationDriver driver, VmService vms) {
        OwnerEpochFollower sealedAtHome =
                new OwnerEpochFollower(
                        topics.specs(),
                        vms,
                        topics.images(),
                        vm -> topics.history().handingOver(vm).isPresent());
        MigrationLoop loop =
                owned.add(
                        new MigrationLoop(
                                driver,
                                List.of(
                                        sealedAtHome::follow,
                                        new SpecRepublisher(topics.specs())::restate),
                                nowMicros));
        topics.progress()
                .listen(
                        (key, report) -> {
                            sealedAtHome.reported(report);
                            loop.wake();
                        });
        return loop;
    }

    private LagStateWatch lagStates(Sites sites) {
        NodeSilence silence = new NodeSilence(topics.clocks(), nowMicros);
        return new LagStateWatch(
                topics.specs()::all,
                sites::known,
                topics.images(),
                topics.lags(),
                (site, node) ->
                        topics.clocks().reading(site, node).map(silence::isGone).orElse(false),
                topics::areRead,
                System::nanoTime);
    }

    private CoordinatorMetrics coordinatorMetrics() {
        return new CoordinatorMetrics(
                new CoordinatorMetrics.Sources(
                        () -> reports.volumes().lags(services.volumes().all()),
                        reports.volumes()::clocks,
                        topics.history()::all,
                        topics::areRead,
                        topics.lags()::chainBreaks,
                        nowMicros),
                config.rpo());
    }

    private VolumeReports volumeReports(
            Sites sites, RetentionWatch retention, LagStateWatch states) {
        return new VolumeReports(
                topics.images(),
                sites,
                topics.lags(),
                topics.history(),
                nowMicros,
                (spec, site) -> retention.headroom(spec, site).map(Coordinator::report),
                new ClockReports(topics.clocks(), topics.clocks()::readings),
                states::of);
    }

    private static RetentionReport report(Headroom headroom) {
        return new RetentionReport(
                headroom.state().name(),
                Double.isFinite(headroom.seconds()) ? headroom.seconds() : null,
                headroom.share());
    }

    /** The port the API is served on. */
    public int port() {
        return http.port();
    }

    /** Where the API is served. */
    public URI url() {
        return URI.create("http://" + HostPort.of(config.http().host(), port()));
    }

    public VolumeService volumes() {
        return services.volumes();
    }

    public VmService vms() {
        return services.vms();
    }

    public VolumeChanges changes() {
        return services.changes();
    }

    public SeedService seeds() {
        return services.seeds();
    }

    public VolumeDeletion deletion() {
        return services.deletion();
    }

    public NodeDraining draining() {
        return services.draining();
    }

    public NodeReports nodeReports() {
        return reports.nodes();
    }

    public MigrationService migrations() {
        return migrations;
    }

    public LagTracker lags() {
        return topics.lags();
    }

    public VolumeReports volumeReports() {
        return reports.volumes();
    }

    public MigrationReports migrationReports() {
        return reports.migrations();
    }

    @Override
    public void close() {
        owned.close();
        log.atInfo().log("coordinator stopped");
    }
}
