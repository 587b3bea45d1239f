package dev.farshore.apply.site;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.apply.repair.LogComparer;
import dev.farshore.apply.repair.Repair;
import dev.farshore.apply.repair.StoreWorker;
import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.Images;
import dev.farshore.apply.store.StoreListener;
import dev.farshore.apply.topology.LostReports;
import dev.farshore.apply.topology.ServingStatus;
import dev.farshore.apply.topology.SiteTopology;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A node's part of its site: keeps the images it is assigned up to date with the log, and indexes
 * what they lack.
 *
 * <p>Threading: any thread. Life: {@link #start} once, {@link #close} once.
 */
public final class SiteApplication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SiteApplication.class);
    private static final Duration TICK_INTERVAL = Duration.ofMillis(10);
    private static final String INDEX_SPILL_DIRECTORY = "index-spill";
    private static final int HARDENING_THREADS = 4;

    /** How long a node that stops waits for Kafka or a disk. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private static final Duration STALL_LIMIT = Duration.ofSeconds(60);

    private final Images images = new Images();
    private final IndexMemory indexMemory;
    private final DirtyBlockIndex index;
    private final ApplyCounters counters = new ApplyCounters();
    private final Hardener hardener = new Hardener(HARDENING_THREADS);
    private final StoreWorker repair;
    private final StoreWorker comparer;
    private final LostReports losses = new LostReports();
    private final Supplier<Topology> topologies;
    private final SupervisedStreams streams;
    private final SiteKafkaClients clients = new SiteKafkaClients();
    private final SiteSettings settings;
    private final CompletableFuture<String> failure = new CompletableFuture<>();

    /** With the default limit of the index's memory. */
    public SiteApplication(
            SiteSettings settings,
            Serde<LogEvent> writes,
            Serde<IndexedHeader> headers,
            Serde<Progress> progress,
            ServingStatus serving,
            ApplyListener listener,
            InstantSource clock) {
        this(
                settings,
                writes,
                headers,
                progress,
                serving,
                listener,
                clock,
                IndexMemory.defaultLimitBytes());
    }

    /**
     * @param serving how this node serves volumes, for its reports
     * @param listener told of every FLUSH applied
     * @param indexMemoryBytes limit of the index's heap memory, for all volumes
     */
    public SiteApplication(
            SiteSettings settings,
            Serde<LogEvent> writes,
            Serde<IndexedHeader> headers,
            Serde<Progress> progress,
            ServingStatus serving,
            ApplyListener listener,
            InstantSource clock,
            long indexMemoryBytes) {
        this.settings = settings;
        indexMemory =
                IndexMemory.limited(
                        indexMemoryBytes,
                        settings.stateDirectory().resolveSibling(INDEX_SPILL_DIRECTORY));
        index = new DirtyBlockIndex(indexMemory);
        Deserializer<Decoded<LogEvent>> events = new DecodedDeserializer<>(writes.deserializer());
        repair =
                Repair.start(
                        () -> new KafkaConsumer<>(StreamsProperties.ofConsumer(settings)),
                        events,
                        settings.images().retryInterval());
        comparer =
                LogComparer.start(
                        () -> new KafkaConsumer<>(StreamsProperties.ofComparer(settings)),
                        events,
                        settings.images().retryInterval());
        ApplyEnvironment environment =
                new ApplyEnvironment(
                        settings.images(),
                        hardener,
                        listener,
                        counters,
                        this::isWrittenHere,
                        System::nanoTime);
        SiteTopology topology =
                new SiteTopology(
                        settings.site(),
                        settings.node(),
                        serving,
                        clock,
                        losses,
                        TICK_INTERVAL,
                        System::nanoTime);
        topologies =
                () ->
                        topology.build(
                                () -> imageStore(environment, events),
                                () -> dirtyBlockStore(headers),
                                writes,
                                headers,
                                progress);
        streams =
                new SupervisedStreams(
                        settings.node(),
                        new StreamsRuns(),
                        () ->
                                new StallDetector(
                                        this::readBytesSum, this::isKafkaThere, STALL_LIMIT),
                        System::nanoTime,
                        failure::complete);
    }

    /** Runs of Kafka Streams on the same images. */
    private final class StreamsRuns implements SupervisedStreams.Runs {
        @Override
        public SupervisedStreams.Run create(ThreadFailures failures) {
            KafkaStreams made =
                    new KafkaStreams(
                            topologies.get(), StreamsProperties.of(settings, losses), clients);
            made.setUncaughtExceptionHandler(failures);
            made.setStateListener(SiteApplication.this::logChange);
            return new SupervisedStreams.Run() {
                @Override
                public void start() {
                    made.start();
                }

                @Override
                public KafkaStreams.State state() {
                    return made.state();
                }

                @Override
                public boolean close(Duration patience) {
                    return made.close(patience);
                }
            };
        }

        @Override
        public void afterEnd() {
            images.closeLeftOver();
        }
    }

    private long readBytesSum() {
        return clients.readBytes().followed() + clients.readBytes().restored();
    }

    private boolean isKafkaThere() {
        return KafkaProbe.isThere(StreamsProperties.ofAdmin(settings));
    }

    private ImageStore imageStore(
            ApplyEnvironment environment, Deserializer<Decoded<LogEvent>> events) {
        return new ImageStore(environment, events, images, StoreListener.all(repair, comparer));
    }

    /** Whether an epoch is this node's, which it goes on with from its journal. */
    private boolean isWrittenHere(LogCursor cursor) {
        if (!cursor.open() || cursor.owner().isEmpty()) {
            return false;
        }
        EpochOwner owner = EpochOwner.parse(cursor.owner());
        return owner.site().equals(settings.site()) && owner.node().equals(settings.node());
    }

    private DirtyBlockStore dirtyBlockStore(Serde<IndexedHeader> headers) {
        return new DirtyBlockStore(
                new DecodedDeserializer<>(headers.deserializer()),
                index,
                images::hardenedSeq,
                hardener,
                System::nanoTime);
    }

    private void logChange(KafkaStreams.State to, KafkaStreams.State from) {
        LOG.atInfo()
                .addKeyValue("site", settings.site())
                .addKeyValue("node", settings.node())
                .addKeyValue("from", from)
                .addKeyValue("to", to)
                .log("Site application");
    }

    /** Starts to apply, and returns; the topics must exist. */
    public void start() {
        streams.start();
    }

    /**
     * Waits until this node has its volumes and follows the log.
     *
     * @return whether that was so in time
     * @throws IllegalStateException if the application has failed for good, or was closed
     */
    public boolean awaitRunning(Duration patience) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        while (!isRunning()) {
            if (failure.isDone()) {
                throw new IllegalStateException(
                        "the site application of %s %s; its log has more"
                                .formatted(settings.node(), failure.join()));
            }
            if (System.nanoTime() > deadlineNanos) {
                return false;
            }
            Thread.sleep(POLL_STATE_MILLIS);
        }
        return true;
    }

    private static final long POLL_STATE_MILLIS = 20;

    public boolean isRunning() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** Whether it applies the log, and what hinders it. */
    public ApplyHealth health() {
        return streams.health();
    }

    /** Why it can't apply any more in this process; not complete while it can. */
    public CompletableFuture<String> failure() {
        return failure;
    }

    /** What it has read from Kafka. */
    public ReadBytes readBytes() {
        return clients.readBytes();
    }

    /**
     * Asks for a rebalance: what the {@code Placement} says has changed.
     *
     * @param why for the logs
     */
    public void rebalance(String why) {
        LOG.atInfo()
                .addKeyValue("node", settings.node())
                .log("Asks for partitions to be assigned anew: {}", why);
        clients.rebalance(why);
    }

    /**
     * @param durationsNanos told how long each hardening took; any thread
     */
    public void tellHardening(LongConsumer durationsNanos) {
        hardener.tell(durationsNanos);
    }

    /** The images this node holds. */
    public Images images() {
        return images;
    }

    /** What those images lack. */
    public DirtyBlockIndex index() {
        return index;
    }

    public ApplyCounters counters() {
        return counters;
    }

    /** Stops applying, hardens the images and closes them. */
    @Override
    public void close() {
        clients.stopping();
        if (!streams.close(CLOSE_PATIENCE)) {
            LOG.atWarn()
                    .addKeyValue("node", settings.node())
                    .log("Streams did not stop in time; the images replay what is not hardened");
        }
        comparer.close();
        repair.close();
        hardener.close();
        indexMemory.close();
    }
}
