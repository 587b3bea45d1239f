package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.topology.ServingStatus.Seed;
import dev.farshore.apply.topology.ServingStatus.Throttle;
import dev.farshore.apply.topology.ServingStatus.Writing;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.SeedMark;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;

/**
 * Reports how far the images of a partition are: whenever that changes on stable storage, and once
 * for each volume when the node becomes active for it.
 */
@SuppressWarnings("NullAway.Init") // Streams calls init first.
final class ProgressReporter
        implements Processor<String, Decoded<LogEvent>, ProgressKey, Progress> {
    private final String site;
    private final String node;
    private final ServingStatus serving;
    private final InstantSource clock;
    private final LostReports losses;
    private final Ticker ticker;

    // What was said last, by volume.
    private final Map<String, Said> said = new HashMap<>();
    private ProcessorContext<ProgressKey, Progress> context;
    private ImageStore images;

    /** What others wait for. A new applied position alone is not worth a record. */
    private record Said(
            long hardenedSeq,
            int epoch,
            boolean isEpochOpen,
            Health health,
            String reason,
            String notServed,
            String journalLoss,
            long claimsOfOthers,
            Throttle throttle,
            Writing writingNews,
            SeedMark seedMark,
            Seed seed,
            int clients) {
        static Said of(ReplicaStatus status, ServingStatus serving) {
            LogCursor applied = told(status);
            return new Said(
                    status.hardened().seq(),
                    applied.epoch(),
                    applied.open(),
                    status.health(),
                    status.reason(),
                    serving.notServed(status.vvol()),
                    serving.journalLoss(status.vvol()),
                    serving.claimsOfOthers(status.vvol()),
                    serving.throttle(status.vvol()),
                    serving.writing(status.vvol()).news(),
                    status.applied().seed(),
                    serving.seed(status.vvol()),
                    serving.clients(status.vvol()));
        }
    }

    ProgressReporter(SiteTopology topology) {
        this.site = topology.site();
        this.node = topology.node();
        this.serving = topology.serving();
        this.clock = topology.clock();
        this.losses = topology.losses();
        this.ticker = new Ticker(topology.tickInterval(), this::tick, topology.nanoClock());
    }

    @Override
    public void init(ProcessorContext<ProgressKey, Progress> newContext) {
        context = newContext;
        images = newContext.getStateStore(ImageStore.NAME);
        images.becomeActive();
        said.clear();
        ticker.start(newContext);
    }

    private Ticker.Need tick() {
        images.tick();
        for (ReplicaStatus status : images.statuses()) {
            reportIfChanged(status);
        }
        if (images.isHardening()) {
            return Ticker.Need.HURRY;
        }
        if (!images.isAtRest()) {
            return Ticker.Need.WATCH;
        }
        return images.isEmpty() ? Ticker.Need.REST : Ticker.Need.IDLE;
    }

    /** The event was applied just before, by {@link WriteApplier}. */
    @Override
    public void process(Record<String, Decoded<LogEvent>> record) {
        if (record.value() instanceof Decoded.Value<LogEvent>(LogEvent event)) {
            switch (event.header().kind()) {
                // Hardened already but on a slow disk, and somebody waits for it: a hand-over.
                case EPOCH_OPENED, EPOCH_SEALED ->
                        images.status(event.header().vvol()).ifPresent(this::reportIfChanged);
                case WRITE,
                        ZERO,
                        TRIM,
                        FLUSH,
                        RESIZE,
                        BOOKMARK,
                        SEED_STARTED,
                        SEED_FINISHED,
                        UNKNOWN -> {
                    // At the next tick.
                }
            }
        }
        ticker.onRecord();
    }

    private void reportIfChanged(ReplicaStatus status) {
        boolean isHeld = status.applied().seq() > 0 || status.health() != Health.OK;
        if (!isHeld) {
            return;
        }
        Said saying = Said.of(status, serving);
        ProgressKey key = new ProgressKey(status.vvol(), site, status.partition());
        boolean isLost = losses.take(key.text());
        if (!saying.equals(said.put(status.vvol(), saying)) || isLost) {
            context.forward(new Record<>(key, progress(status, saying), clock.millis()));
        }
    }

    /**
     * {@code CutoverLosesNoWrite}: a seal is told of when it is hardened, which may take its time
     * on a slow disk.
     */
    private static LogCursor told(ReplicaStatus status) {
        LogCursor applied = status.applied().cursor();
        return applied.open() ? applied : status.hardened().cursor();
    }

    private Progress progress(ReplicaStatus status, Said saying) {
        Throttle throttle = saying.throttle();
        LogCursor applied = told(status);
        ImagePosition hardened = status.hardened();
        Writing writing = serving.writing(status.vvol());
        long nowMicros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        return Progress.newBuilder()
                .setVvol(status.vvol())
                .setSite(site)
                .setNode(node)
                .setEpoch(applied.epoch())
                .setOpen(applied.open())
                .setEpochOwner(applied.owner())
                .setAppliedSeq(applied.seq())
                .setAppliedTotalBytes(applied.totalBytes())
                .setHardenedSeq(hardened.seq())
                .setHardenedVmSeq(hardened.cursor().vmSeq())
                .setHardenedTotalBytes(hardened.cursor().totalBytes())
                .setHardenedWritesOffset(hardened.writesOffset())
                .setHealth(status.health())
                .setReason(status.reason())
                .setEndpoint(serving.endpoint(status.vvol()))
                .setReportedMicros(nowMicros)
                .setThrottleBytesPerSecond(throttle.bytesPerSecond())
                .setThrottleWritesPerSecond(throttle.writesPerSecond())
                .setWrittenBytesPerSecond(throttle.writtenBytesPerSecond())
                .setWritesPerSecond(throttle.writtenPerSecond())
                .setHeldWrites(throttle.heldWrites())
                .setHeldMicros(throttle.heldMicros())
                .setNotServed(saying.notServed())
                .setJournalLoss(saying.journalLoss())
                .setHttpUrl(serving.httpUrl())
                .setSeenWritesOffset(images.passedOffset())
                .setSeedId(saying.seedMark().id())
                .setSeedFinished(saying.seedMark().isFinished())
                .setSeedDoneBytes(saying.seed().doneBytes())
                .setSeedTotalBytes(saying.seed().totalBytes())
                .setSeedProblem(saying.seed().problem())
                .setUnpublishedEvents(writing.unpublishedEvents())
                .setUnpublishedBytes(writing.unpublishedBytes())
                .setUnpublishedSinceMicros(
                        writing.unpublishedEvents() > 0
                                ? nowMicros - writing.unpublishedMicros()
                                : 0)
                .setHeldSinceMicros(writing.heldSinceMicros())
                .setWritableSinceMicros(writing.writableSinceMicros())
                .setWritableEpoch(writing.writableEpoch())
                .setClients(saying.clients())
                .build();
    }

    @Override
    public void close() {
        ticker.stop();
        images.becomeStandby();
    }
}
