package dev.farshore.coordinator;

import dev.farshore.coordinator.lag.LagTracker;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.topic.KafkaDrainLog;
import dev.farshore.coordinator.topic.KafkaImageReports;
import dev.farshore.coordinator.topic.KafkaMigrationLog;
import dev.farshore.coordinator.topic.KafkaSiteRemoval;
import dev.farshore.coordinator.topic.KafkaVolumeSpecs;
import dev.farshore.coordinator.topic.NeededHeaders;
import dev.farshore.coordinator.topic.TopicFollower;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.start.OwnedResources;
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

import java.time.InstantSource;
import java.util.Map;

/** All that a coordinator knows, from the topics that say it; and where it writes. */
final class CoordinatorTopics {
    /**
     * At start at most this many records of each partition of {@code farshore.headers} are read;
     * fewer unless an image is so far behind.
     */
    private static final long LAG_LOOK_BACK_RECORDS = 10_000_000;

    private final KafkaImageReports images = new KafkaImageReports();
    private final MigrationHistory history = new MigrationHistory();
    private final CompactedView<Progress> progress;
    private final KafkaVolumeSpecs specs;
    private final int partitions;
    private final ClockSkews clocks;
    private final LagTracker lags;
    private final KafkaMigrationLog migrationLog;
    private final KafkaSiteRemoval siteRemoval;
    private final KafkaDrainLog drainLog;
    private final KafkaContact contact = new KafkaContact(System::nanoTime);

    /**
     * Reads the topics; returns when everything is known but lags.
     *
     * @throws RuntimeException if they are not read within the start timeout
     */
    CoordinatorTopics(
            ConnectionConfig connection,
            FarshoreSerdes serdes,
            KafkaClients kafka,
            InstantSource clock,
            OwnedResources owned)
            throws InterruptedException {
        progress = kafka.view(Topics.PROGRESS, serdes.progress());
        progress.listen(images::changed);
        CompactedView<VolumeSpec> volumes = kafka.specs(serdes.volumes());
        CompactedView<ClockReading> clockReadings = kafka.view(Topics.CLOCKS, serdes.clocks());

        clockReadings.listen((key, reading) -> contact.heard());

        Producer<String, VolumeSpec> volumeProducer = kafka.producer(serdes.volumes());
        specs = new KafkaVolumeSpecs(volumes, volumeProducer, KafkaClients.WRITE_TIMEOUT);
        ClockProbe probe =
                owned.add(
                        ClockProbe.start(
                                connection.kafka().clientProperties(),
                                serdes.clocks().serializer(),
                                clock,
                                "",
                                "coordinator",
                                ProcessIdentity.NONE,
                                () -> NodeCondition.NONE));
        clocks = new ClockSkews(probe, clockReadings);
        lags = new LagTracker(images, clocks);
        Admin admin = owned.add(kafka.admin());
        TopicFollower<IndexedHeader> headers =
                owned.add(
                        new TopicFollower<>(
                                Topics.HEADERS,
                                new NeededHeaders(
                                        volumes::get,
                                        () -> progress.snapshot().values(),
                                        partition -> KafkaClients.writesEnd(admin, partition),
                                        LAG_LOOK_BACK_RECORDS),
                                kafka.consumers(serdes.headers()),
                                record -> lags.accept(record.value()),
                                lags::caughtUp));
        migrationLog =
                owned.add(
                        new KafkaMigrationLog(
                                kafka.producer(serdes.migrations()),
                                kafka.consumers(serdes.migrations()),
                                history,
                                KafkaClients.WRITE_TIMEOUT));
        migrationLog.start();

        volumes.awaitInitialLoad(connection.startTimeout());
        progress.awaitInitialLoad(connection.startTimeout());
        clockReadings.awaitInitialLoad(connection.startTimeout());
        // What is missing where is known now, and with it what headers are needed.
        headers.start();
        migrationLog.awaitCaughtUp(connection.startTimeout());

        partitions = volumeProducer.partitionsFor(Topics.WRITES).size();
        siteRemoval =
                new KafkaSiteRemoval(
                        kafka.producer(serdes.progress()),
                        Map.of(Topics.PROGRESS, progress, Topics.CLOCKS, clockReadings),
                        KafkaClients.WRITE_TIMEOUT);
        drainLog =
                new KafkaDrainLog(
                        kafka.producer(serdes.clocks()), clockReadings, KafkaClients.WRITE_TIMEOUT);
    }

    KafkaImageReports images() {
        return images;
    }

    KafkaVolumeSpecs specs() {
        return specs;
    }

    /** Of {@code farshore.writes}. */
    int partitions() {
        return partitions;
    }

    /** What nodes say of their clocks, and of themselves. */
    ClockSkews clocks() {
        return clocks;
    }

    /** Whether the topics were read when this began, and are read up to now. */
    boolean areRead() {
        return lags.isCaughtUp() && contact.isFresh();
    }

    /** Not known yet when the coordinator starts. */
    LagTracker lags() {
        return lags;
    }

    MigrationHistory history() {
        return history;
    }

    KafkaMigrationLog migrationLog() {
        return migrationLog;
    }

    KafkaDrainLog drainLog() {
        return drainLog;
    }

    KafkaSiteRemoval siteRemoval() {
        return siteRemoval;
    }

    /** What sites report of their images, by {@code vvol@site}. */
    CompactedView<Progress> progress() {
        return progress;
    }
}
