package dev.farshore.capture.volume;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The capturing parts of a node, wired as a node wires them, over a broker and images in memory.
 */
class SimulatedNode implements AutoCloseable {
    /** Each is a process of its own. */
    private static final AtomicInteger PROCESSES = new AtomicInteger();

    final Publisher publisher;
    final SimulatedSite images;
    final VolumeHost host;
    private final ExecutorService forcers = Executors.newCachedThreadPool();

    /**
     * @param patience how long a client is kept waiting for a volume
     */
    SimulatedNode(
            String site,
            String node,
            Path journals,
            FlakyBroker broker,
            WriteEventCodec events,
            WriteHeaderCodec headers,
            Duration patience)
            throws IOException {
        this(site, node, journals, broker, events, headers, patience, HostBoot.present());
    }

    /**
     * @param boot the start of its host
     */
    SimulatedNode(
            String site,
            String node,
            Path journals,
            FlakyBroker broker,
            WriteEventCodec events,
            WriteHeaderCodec headers,
            Duration patience,
            HostBoot boot)
            throws IOException {
        publisher = new Publisher(broker::newProducer, events, headers, 1 << 20);
        images = new SimulatedSite(broker, events, headers);
        host =
                new VolumeHost(
                        new NodeContext(
                                new NodeIdentity(site, node, PROCESSES.incrementAndGet() + "p"),
                                new JournalFolder(journals, boot),
                                new LogAccess(
                                        publisher,
                                        (vvol, partition, headersEnd, upToSeq) -> 0,
                                        images::scan),
                                images,
                                new ImportRules(List.of(journals.getRoot()), false),
                                forcers,
                                NodeTime.system()),
                        patience);
        publisher.start();
        host.start();
    }

    @Override
    public void close() {
        publisher.close();
        host.close();
        forcers.shutdown();
    }
}
