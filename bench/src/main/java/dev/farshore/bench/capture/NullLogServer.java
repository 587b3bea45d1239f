package dev.farshore.bench.capture;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.publish.ProducerSettings;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.volume.LogAccess;
import dev.farshore.capture.volume.NodeContext;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.NbdListener;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.node.metrics.GuestMetrics;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import io.prometheus.metrics.model.registry.PrometheusRegistry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** All of the block server, the journal and the publisher, in front of a {@link NullLog}. */
final class NullLogServer implements AutoCloseable {
    /** A property: while it is true, nobody measures what guests wait for. */
    private static final String WITHOUT_METRICS = "farshore.bench.withoutMetrics";

    private static final String SITE = "a";
    private static final int SCHEMA_ID = 1;

    private final NbdServer server;
    private final VolumeHost host;
    private final Publisher publisher;
    private final ExecutorService forcers;
    private final NbdUri uri;

    private static CaptureObserver observer() {
        return Boolean.getBoolean(WITHOUT_METRICS)
                ? CaptureObserver.NONE
                : new GuestMetrics(new PrometheusRegistry(), SITE, SITE + "-1");
    }

    private NullLogServer(Path folder, long volumeBytes, long journalBytes) throws IOException {
        NullLog log = new NullLog(new WriteEventCodec(SCHEMA_ID));
        publisher =
                new Publisher(
                        () -> log,
                        new WriteEventCodec(SCHEMA_ID),
                        new WriteHeaderCodec(SCHEMA_ID),
                        ProducerSettings.LANE_WINDOW_BYTES);
        forcers = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
        host =
                new VolumeHost(
                        new NodeContext(
                                new NodeIdentity(SITE, SITE + "-1", "bench"),
                                JournalFolder.at(folder.resolve("journals")),
                                new LogAccess(
                                        publisher,
                                        (vvol, partition, headersEnd, upToSeq) -> 0,
                                        LogScan.NONE),
                                log,
                                ImportRules.NONE,
                                forcers,
                                NodeTime.system(),
                                observer()));
        Path socket = folder.resolve("null.sock");
        server = new NbdServer(host, List.of(NbdListener.unix(socket)), NbdLimits.defaults());
        uri = NbdUri.parse("nbd+unix:///" + CaptureBench.VVOL + "?socket=" + socket);
        server.start();
        publisher.start();
        host.start();
        host.specChanged(
                VolumeSpec.newBuilder()
                        .setVvol(CaptureBench.VVOL)
                        .setSizeBytes(volumeBytes)
                        .setPartition(0)
                        .setOwner(SITE)
                        .setEpoch(1)
                        .setPhase(Phase.OPEN)
                        .setDurability(Durability.LOG)
                        .setCreatedMicros(0)
                        .setJournalBytes(journalBytes)
                        .build());
    }

    static NullLogServer start(Path folder, long volumeBytes, long journalBytes)
            throws IOException {
        return new NullLogServer(folder, volumeBytes, journalBytes);
    }

    NbdUri uri() {
        return uri;
    }

    @Override
    public void close() {
        server.close();
        host.close();
        publisher.close();
        forcers.shutdown();
    }
}
