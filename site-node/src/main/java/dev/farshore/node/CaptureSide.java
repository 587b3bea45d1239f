package dev.farshore.node;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.publish.KafkaHeaderRepair;
import dev.farshore.capture.publish.KafkaLogScan;
import dev.farshore.capture.publish.ProducerSettings;
import dev.farshore.capture.publish.PublishedTotals;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.volume.LogAccess;
import dev.farshore.capture.volume.NodeContext;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.images.NodeImages;
import dev.farshore.node.metrics.GuestMetrics;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.registry.FarshoreSerdes;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** The half of a node that takes writes: the volumes, and the publisher of their journals. */
final class CaptureSide {
    private final NodeConfig config;
    private final NodeImages images;
    private final GuestMetrics guests;
    private final Publisher publisher;
    private final VolumeHost host;

    /**
     * @param process a random number of this process
     * @param images of this site
     */
    CaptureSide(NodeSetup setup, String process, NodeImages images) throws IOException {
        this.config = setup.config();
        this.images = images;
        guests = new GuestMetrics(setup.metrics().registry(), config.site(), config.node());
        FarshoreSerdes serdes = setup.topics().serdes();
        publisher =
                setup.owned()
                        .add(
                                new Publisher(
                                        producers(publisherId(config.node()))::newProducer,
                                        serdes.writeEventCodec(),
                                        serdes.writeHeaderCodec(),
                                        ProducerSettings.LANE_WINDOW_BYTES));
        host =
                setup.owned()
                        .add(
                                new VolumeHost(
                                        new NodeContext(
                                                new NodeIdentity(
                                                        config.site(), config.node(), process),
                                                JournalFolder.at(setup.directory().journals()),
                                                new LogAccess(
                                                        publisher,
                                                        headerRepair(serdes),
                                                        new KafkaLogScan(
                                                                config.connection()
                                                                        .kafka()
                                                                        .clientProperties(),
                                                                serdes.writeEventCodec())),
                                                images,
                                                config.imports(),
                                                forcers(),
                                                new NodeTime(setup.clock(), setup.nanoClock()),
                                                guests)));
    }

    /** The publisher's {@code client.id}. */
    static String publisherId(String node) {
        return "farshore-" + node;
    }

    /** The {@code client.id} of what publishes headers that another owner has left out. */
    static String headerRepairId(String node) {
        return "farshore-" + node + "-repair";
    }

    private HeaderRepair headerRepair(FarshoreSerdes serdes) {
        return new KafkaHeaderRepair(
                config.connection().kafka().clientProperties(),
                producers(headerRepairId(config.node()))::newProducer,
                serdes.writeEventCodec(),
                serdes.writeHeaderCodec());
    }

    private ProducerSettings producers(String clientId) {
        return new ProducerSettings(
                config.connection().kafka().clientProperties(),
                clientId,
                config.compression().kafkaName());
    }

    private static Executor forcers() {
        return Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("farshore-force-", 0).factory());
    }

    void start() {
        publisher.start();
        host.start();
    }

    /** What it has published. */
    PublishedTotals published() {
        return publisher.totals();
    }

    /** What guests wait for. */
    CaptureObserver guests() {
        return guests;
    }

    VolumeHost host() {
        return host;
    }

    /** A spec has changed; null if it is gone. */
    void specChanged(@Nullable VolumeSpec spec) {
        if (spec != null) {
            host.specChanged(spec);
        }
    }

    /** A site has reported; null if it has no image any more. */
    void reported(@Nullable Progress report) {
        if (report == null) {
            return;
        }
        if (report.getSite().equals(config.site())) {
            host.reported(report.getVvol());
        } else if (images.hasAllUpToHardened(report)) {
            host.hardenedElsewhere(
                    report.getVvol(), NodeImages.applied(report), report.getHardenedSeq());
        }
    }
}
