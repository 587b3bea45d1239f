package dev.farshore.tests.crash;

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
import dev.farshore.nbd.server.NbdServer;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** The part of a node that takes writes, and images kept by a consumer; no registry, no streams. */
final class CaptureMain {
    static final String SERVES = "capture serves";
    static final int PARTITION = 0;

    /** The codecs take the ids as they are: no registry is asked. */
    static final WriteEventCodec EVENTS = new WriteEventCodec(1);

    static final WriteHeaderCodec HEADERS = new WriteHeaderCodec(2);

    private CaptureMain() {}

    /**
     * Serves until killed.
     *
     * @param args folder, brokers, volume, its bytes, bytes of its journal, its durability
     */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        String brokers = args[1];
        VolumeSpec spec =
                VolumeSpec.newBuilder()
                        .setVvol(args[2])
                        .setVm("vm")
                        .setSizeBytes(Long.parseLong(args[3]))
                        .setPartition(PARTITION)
                        .setOwner("a")
                        .setEpoch(1)
                        .setPhase(Phase.OPEN)
                        .setDurability(Durability.valueOf(args[5]))
                        .setCreatedMicros(0)
                        .setJournalBytes(Long.parseLong(args[4]))
                        .build();
        LogImages images =
                new LogImages(
                        brokers, EVENTS, folder.resolve("images"), PARTITION, List.of(args[2]));
        Publisher publisher =
                new Publisher(
                        new ProducerSettings(Map.of("bootstrap.servers", brokers), "capture", "lz4")
                                ::newProducer,
                        EVENTS,
                        HEADERS,
                        ProducerSettings.LANE_WINDOW_BYTES);
        VolumeHost host =
                new VolumeHost(
                        new NodeContext(
                                new NodeIdentity(
                                        "a",
                                        "a-1",
                                        Long.toHexString(ProcessHandle.current().pid())),
                                JournalFolder.at(folder.resolve("journals")),
                                new LogAccess(
                                        publisher,
                                        (volume, partition, headersEnd, upToSeq) -> 0,
                                        LogScan.NONE),
                                images,
                                ImportRules.NONE,
                                Executors.newCachedThreadPool(),
                                NodeTime.system()));
        NbdServer server =
                new NbdServer(
                        host,
                        List.of(NbdListener.unix(folder.resolve("nbd.sock"))),
                        NbdLimits.defaults());
        images.start();
        publisher.start();
        host.start();
        host.specChanged(spec);
        server.start();
        System.out.println(SERVES);
        new CountDownLatch(1).await(); // until killed
    }
}
