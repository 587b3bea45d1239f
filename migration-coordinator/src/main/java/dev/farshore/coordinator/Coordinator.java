package dev.farshore.coordinator;

import dev.farshore.coordinator.api.RetentionReport;
import dev.farshore.coordinator.http.HttpApi;
import dev.farshore.coordinator.lag.LagTracker;
import dev.farshore.coordinator.migration.MigrationDriver;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.migration.MigrationLoop;
import dev.farshore.coordinator.migration.MigrationRules;
import dev.farshore.coordinator.migration.MigrationService;
import dev.farshore.coordinator.report.ClockReports;
import dev.farshore.coordinator.report.MigrationReports;
import dev.farshore.coordinator.report.VolumeReports;
import dev.farshore.coordinator.retention.Headroom;
import dev.farshore.coordinator.retention.RetentionWatch;
import dev.farshore.coordinator.topic.KafkaImageReports;
import dev.farshore.coordinator.topic.KafkaMigrationLog;
import dev.farshore.coordinator.topic.KafkaSiteRemoval;
import dev.farshore.coordinator.topic.KafkaVolumeSpecs;
import dev.farshore.coordinator.topic.NeededHeaders;
import dev.farshore.coordinator.topic.TopicFollower;
import dev.farshore.coordinator.volume.ImageLimits;
import dev.farshore.coordinator.volume.Restatement;
import dev.farshore.coordinator.volume.SealedAtHome;
import dev.farshore.coordinator.volume.SeedService;
import dev.farshore.coordinator.volume.SiteForgetting;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeChanges;
import dev.farshore.coordinator.volume.VolumeDeletion;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.process.config.HostPort;
import dev.farshore.process.http.KnownHosts;
import dev.farshore.schemas.clock.ClockProbe;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.NodeCondition;
import dev.farshore.schemas.clock.ProcessIdentity;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * A running coordinator. It talks to topics only, and keeps nothing that is not in them: it may be
 * stopped, killed and started at any time, and continues the migrations that are underway.
 *
 * <p>The topics must exist. {@link #close} ends its threads, newest first, and leaves migrations
 * where they are.
 */
public final class Coordinator implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);
    private static final InstantSource CLOCK = InstantSource.system();

    private final CoordinatorSettings settings;
    private final OwnedResources owned;
    private final VolumeService volumes;
    private final VmService vms;
    private final VolumeChanges changes;
    private final SeedService seeds;
    private final VolumeDeletion deletion;
    private final MigrationService migrations;
    private final LagTracker lags;
    private final VolumeReports volumeReports;
    private final MigrationReports migrationReports;
    private final HttpApi http;

    /**
     * Reads the topics, begins to drive migrations and to serve HTTP.
     *
     * @throws CoordinatorStartException if the topics are not read within the settings' start
     *     timeout, or the address cannot be listened on; nothing is left running
     */
    public static Coordinator start(CoordinatorSettings settings, FarshoreSerdes serdes)
            throws InterruptedException {
        OwnedResources owned = new OwnedResources();
        try {
            return new Coordinator(settings, serdes, owned);
        } catch (InterruptedException e) {
            owned.close();
            throw e;
        } catch (RuntimeException e) {
            owned.close();
            throw new CoordinatorStartException(
                    "coordinator could not start with Kafka at %s and HTTP at %s: %s"
                            .formatted(
                                    settings.bootstrapServers(),
                                    HostPort.of(settings.httpHost(), settings.httpPort()),
                                    e.getMessage()),
                    e);
        }
    }

    /** Whatever is started is owned at once: the caller closes it if a later part fails. */
    private Coordinator(CoordinatorSettings settings, FarshoreSerdes serdes, OwnedResources owned)
            throws InterruptedException {
        this.settings = settings;
        this.owned = owned;
        KafkaClients kafka = new KafkaClients(settings, owned);

        KafkaImageReports images = new KafkaImageReports();
        CompactedView<Progress> progress = kafka.view(Topics.PROGRESS, serdes.progress());
        progress.listen(images::changed);
        Sites sites = new Sites(settings.sites(), images);

        CompactedView<VolumeSpec> volumeView = kafka.specs(serdes.volumes());
        Producer<String, VolumeSpec> volumeProducer = kafka.producer(serdes.volumes());
        KafkaVolumeSpecs specs =
                new KafkaVolumeSpecs(volumeView, volumeProducer, settings.writeTimeout());

        CompactedView<ClockReading> clockReadings = kafka.view(Topics.CLOCKS, serdes.clocks());
        ClockProbe clock =
                ClockProbe.start(
                        settings.kafka(),
                        serdes.clocks().serializer(),
                        CLOCK,
                        "",
                        "coordinator",
                        ProcessIdentity.NONE,
                        () -> NodeCondition.NONE);
        owned.add(clock::close);
        ClockSkews clocks = new ClockSkews(clock, clockReadings);

        lags = new LagTracker(images, clocks);
        Admin admin = kafka.admin();
        owned.add(admin::close);
        TopicFollower<IndexedHeader> headers =
                new TopicFollower<>(
                        Topics.HEADERS,
                        new NeededHeaders(
                                volumeView::get,
                                () -> progress.snapshot().values(),
                                partition -> KafkaClients.writesEnd(admin, partition),
                                settings.lagLookBackRecords()),
                        kafka.consumers(serdes.headers()),
                        record -> lags.accept(record.value().header()),
                        lags::caughtUp);
        owned.add(headers::close);

        MigrationHistory history = new MigrationHistory();
        KafkaMigrationLog migrationLog =
                new KafkaMigrationLog(
                        kafka.producer(serdes.migrations()),
                        kafka.consumers(serdes.migrations()),
                        history,
                        settings.writeTimeout());
        owned.add(migrationLog::close);
        migrationLog.start();

        volumeView.awaitInitialLoad(settings.startTimeout());
        progress.awaitInitialLoad(settings.startTimeout());
        clockReadings.awaitInitialLoad(settings.startTimeout());
        // What is missing where is known now, and with it what headers are needed.
        headers.start();
        migrationLog.awaitCaughtUp(settings.startTimeout());

        MigrationRules rules = new MigrationRules(settings.migration());
        MigrationDriver driver =
                new MigrationDriver(
                        history,
                        migrationLog,
                        specs,
                        images,
                        lags,
                        rules,
                        clocks,
                        System::nanoTime);
        int partitions = volumeProducer.partitionsFor(Topics.WRITES).size();
        ImageLimits limits = new ImageLimits(clocks::readings, clocks, Coordinator::nowMicros);
        volumes = new VolumeService(specs, sites, partitions, Coordinator::nowMicros, limits);
        vms = new VmService(specs, images, vm -> history.moving(vm).isPresent());
        SealedAtHome sealedAtHome =
                new SealedAtHome(specs, vms, images, vm -> history.handingOver(vm).isPresent());
        MigrationLoop loop =
                new MigrationLoop(
                        driver,
                        List.of(sealedAtHome::follow, new Restatement(specs)::restate),
                        Coordinator::nowMicros);
        owned.add(loop::close);
        progress.listen(
                (key, value) -> {
                    sealedAtHome.reported(value);
                    loop.wake();
                });
        changes = new VolumeChanges(specs, vms, vm -> history.moving(vm).isPresent(), limits);
        deletion =
                new VolumeDeletion(
                        specs,
                        vms,
                        images,
                        vm -> history.moving(vm).isPresent(),
                        Coordinator::nowMicros);
        seeds =
                new SeedService(
                        specs,
                        images,
                        vm -> history.moving(vm).isPresent(),
                        Coordinator::nowMicros);
        SiteForgetting forgetting =
                new SiteForgetting(
                        sites,
                        specs,
                        vms,
                        images,
                        clocks::readings,
                        clocks,
                        history::isMovingTo,
                        new KafkaSiteRemoval(
                                kafka.producer(serdes.progress()),
                                Map.of(Topics.PROGRESS, progress, Topics.CLOCKS, clockReadings),
                                settings.writeTimeout()),
                        Coordinator::nowMicros);
        migrations =
                new MigrationService(
                        history,
                        migrationLog,
                        vms,
                        sites,
                        images,
                        Coordinator::nowMicros,
                        loop::wake);
        RetentionWatch retention =
                new RetentionWatch(
                        kafka.admin(),
                        specs,
                        images,
                        lags,
                        settings.warnBelowRetentionShare(),
                        Coordinator::nowMicros);
        owned.add(retention::close);
        volumeReports =
                new VolumeReports(
                        images,
                        sites,
                        lags,
                        history,
                        Coordinator::nowMicros,
                        (spec, site) -> retention.headroom(spec, site).map(Coordinator::report),
                        new ClockReports(clocks, clocks::readings));
        migrationReports = new MigrationReports(driver, Coordinator::nowMicros);
        http =
                new HttpApi(
                        KnownHosts.with(settings.httpNames()),
                        volumes,
                        vms,
                        changes,
                        seeds,
                        deletion,
                        forgetting,
                        migrations,
                        volumeReports,
                        migrationReports,
                        lags::isCaughtUp);
        owned.add(http::close);
        http.start(settings.httpHost(), settings.httpPort());
        loop.start();
        retention.start();
        log.atInfo()
                .addKeyValue("url", url())
                .addKeyValue("volumes", volumes.all().size())
                .addKeyValue("vms", vms.all().size())
                .addKeyValue("migrationsUnderway", history.underway().size())
                .log("coordinator started");
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
        return URI.create("http://" + HostPort.of(settings.httpHost(), port()));
    }

    public VolumeService volumes() {
        return volumes;
    }

    public VmService vms() {
        return vms;
    }

    public VolumeChanges changes() {
        return changes;
    }

    public SeedService seeds() {
        return seeds;
    }

    public VolumeDeletion deletion() {
        return deletion;
    }

    public MigrationService migrations() {
        return migrations;
    }

    public LagTracker lags() {
        return lags;
    }

    public VolumeReports volumeReports() {
        return volumeReports;
    }

    public MigrationReports migrationReports() {
        return migrationReports;
    }

    /** Microseconds since 1970 by the clock all of the coordinator goes by. */
    public static long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, CLOCK.instant());
    }

    @Override
    public void close() {
        owned.close();
        log.atInfo().log("coordinator stopped");
    }
}
