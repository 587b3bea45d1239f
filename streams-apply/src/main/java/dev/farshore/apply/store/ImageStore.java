package dev.farshore.apply.store;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The images of one partition as a Kafka Streams state store. Its changelog is the write log
 * itself: what Streams restores after a crash, and feeds to standbys, are the partition's own
 * events, from the offset this store says it has.
 *
 * <p>Streams waits for a disk only at an epoch's opening and seal, when a window is used up, and at
 * close, and for a bounded time. Hardening runs on other threads, and the committed offset is the
 * one before the first event not hardened, which may be lower than the one Streams asked for.
 * Reading a few events twice is harmless; claiming one too many is not ({@code
 * PositionMatchesData}).
 *
 * <p>Threading: one thread at a time calls it, as Streams promises (the stream thread or the one
 * that restores and keeps standbys), but where a method says otherwise.
 */
public final class ImageStore implements StateStore {
    /** Name of the store in the topology. */
    public static final String NAME = "images";

    private static final long NO_OFFSET = PartitionProgress.NO_OFFSET;

    private final ApplyEnvironment environment;
    private final Deserializer<Decoded<LogEvent>> deserializer;
    private final Images images;
    private final StoreListener listener;
    private final PartitionProgress progress = new PartitionProgress();

    /** By volume: why. Other threads put it there. */
    private final Map<String, String> seedsNeeded = new ConcurrentHashMap<>();

    // Of the partition that is open.
    private volatile @Nullable TopicPartition changelog;
    private volatile @Nullable PartitionReplicas opened;
    private @Nullable PositionFile positionFile;
    private long committedOffset = NO_OFFSET;

    /** Streams has read on from the position it was given: the log reaches back that far. */
    private boolean isPositionInLog;

    private boolean isOpen;

    /**
     * @param listener told of the store, and of what needs a look at the log
     */
    public ImageStore(
            ApplyEnvironment environment,
            Deserializer<Decoded<LogEvent>> deserializer,
            Images images,
            StoreListener listener) {
        this.environment = environment;
        this.deserializer = deserializer;
        this.images = images;
        this.listener = listener;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    @Deprecated
    public boolean managesOffsets() {
        return true;
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    // ---- opening and closing ----

    @Override
    public void init(StateStoreContext context, StateStore root) {
        TopicPartition partition = new TopicPartition(Topics.WRITES, context.taskId().partition());
        open(partition);
        try {
            markTaskDirectory(context);
        } catch (IOException e) {
            throw new ProcessorStateException("task directory of " + partition, e);
        }
        // Not the public batching interface, because that one gives no offsets.
        context.register(root, (RecordBatchingStateRestoreCallback) this::restore);
    }

    /** Opens the images of a partition of the write log at their hardened positions. */
    public void open(TopicPartition partition) {
        Path directory = environment.settings().directory();
        PositionFile file =
                new PositionFile(
                        directory,
                        partition.partition(),
                        environment.settings().positionInterval(),
                        environment.hardener(),
                        environment.nanoClock().getAsLong());
        PartitionReplicas replicas =
                new PartitionReplicas(
                        partition.partition(), environment, images, progress::seenOffset);
        changelog = partition;
        opened = replicas;
        positionFile = file;
        committedOffset = NO_OFFSET;
        isPositionInLog = false;
        progress.reset();
        try {
            Files.createDirectories(directory);
            PartitionPosition position = file.read();
            if (position != null) {
                committedOffset = position.offset();
                progress.seen(position.offset());
                replicas.open(position);
            }
        } catch (IOException e) {
            throw new ProcessorStateException(
                    "opening the images of %s in %s".formatted(partition, directory), e);
        }
        isOpen = true;
        images.add(this);
        listener.onOpened(this);
    }

    /** Streams only takes a task for its own after a restart if its directory is not empty. */
    private void markTaskDirectory(StateStoreContext context) throws IOException {
        Path directory = context.stateDir().toPath().resolve(NAME);
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("where"),
                environment.settings().directory().toAbsolutePath() + "\n",
                StandardCharsets.UTF_8);
    }

    /** The partition of the write log; only after the store was opened. Any thread. */
    public TopicPartition changelog() {
        return Objects.requireNonNull(changelog);
    }

    private PartitionReplicas opened() {
        return Objects.requireNonNull(opened);
    }

    private PositionFile positionFile() {
        return Objects.requireNonNull(positionFile);
    }

    /** From now on this node answers for the volumes. */
    public void becomeActive() {
        isPositionInLog = true; // Streams has restored from there
        setActive(true);
    }

    /** From now on the images follow another node. */
    public void becomeStandby() {
        setActive(false);
    }

    private void setActive(boolean isActive) {
        images.active(changelog().partition(), isActive);
        opened().setActive(isActive);
    }

    @Override
    public void close() {
        if (!isOpen) {
            return;
        }
        isOpen = false;
        listener.onClosed(this);
        images.remove(this);
        opened().hardenAndSettle();
        positionFile().awaitWriting();
        if (progress.seenOffset() != NO_OFFSET) {
            positionFile().write(position(progress.seenOffset()));
        }
        opened().close();
    }

    // ---- events ----

    /** Applies the next record of the partition. */
    public void apply(String vvol, Decoded<LogEvent> record, long offset) {
        environment.counters().countRecord();
        PartitionReplicas replicas = opened();
        if (offset <= progress.seenOffset()) {
            replicas.all().forEach(replica -> replica.lifecycle().wantComparison());
            listener.onLogWanted();
        }
        replicas.findOrAdd(vvol).apply(record, offset);
        progress.seen(offset);
        isPositionInLog = true;
    }

    private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Decoded<LogEvent> decoded = deserializer.deserialize(record.topic(), record.value());
            if (decoded != null) {
                apply(new String(record.key(), StandardCharsets.UTF_8), decoded, record.offset());
            }
        }
        environment.counters().countRestored(records.size());
        tick();
    }

    /**
     * Does what is due: collects hardenings that have ended, and starts new ones. Cheap; call it
     * every few milliseconds.
     */
    public void tick() {
        long nowNanos = environment.nanoClock().getAsLong();
        if (!seedsNeeded.isEmpty()) {
            takeSeedsNeeded();
        }
        progress.forgetLostTail();
        boolean isLogWanted = opened().tick(nowNanos);
        if (isLogWanted || isLogEndWanted()) {
            listener.onLogWanted();
        }
        if (progress.hasSeenLogOfOpening()) {
            opened().declareConsistent();
        }
        opened().settleOneIfIdle(nowNanos);
    }

    /**
     * There should be an image of a volume, and all that the log ever had of it is gone. On any
     * thread; it counts from the next {@link #tick} on.
     */
    public void needSeed(String vvol, String reason, long logBeginOffset) {
        progress.logBeginsAt(logBeginOffset);
        seedsNeeded.put(vvol, reason);
    }

    private void takeSeedsNeeded() {
        for (String vvol : seedsNeeded.keySet()) {
            String reason = String.valueOf(seedsNeeded.remove(vvol));
            Replica replica = opened().findOrAdd(vvol);
            Image image = replica.image();
            if (image == null && Image.exists(environment.settings().directory(), vvol)) {
                replica.lifecycle().open(); // no event has asked for it yet
            } else if (image == null || image.applied().seq() == 0) {
                replica.lifecycle().needSeed(reason);
            }
        }
    }

    // ---- what is known of the log; any thread ----

    /** The log begins at {@code offset}. */
    public void logBeginsAt(long offset) {
        progress.logBeginsAt(offset);
        opened().all().forEach(replica -> replica.lifecycle().logBeginsAt(offset));
    }

    /** The log ended before {@code endOffset}, after {@code seenBefore} had been seen. */
    public void logEndedAt(long endOffset, long seenBefore) {
        progress.logEndedAt(endOffset, seenBefore);
    }

    /** Whether images wait to know how far the log went when they were opened. */
    public boolean isLogEndWanted() {
        return !progress.isLogEndKnown() && opened().isAnyMixed();
    }

    /** The log ends before {@code offset}, or did not long ago but after the images were opened. */
    public void setLogEnd(long offset) {
        progress.logEndsAt(offset);
    }

    /** Offset of the newest record seen; -1 before the first. */
    public long seenOffset() {
        return progress.seenOffset();
    }

    /** What there was to be seen has been, up to this offset; -1 for nothing. */
    public long passedOffset() {
        return progress.passedOffset();
    }

    // ---- how the replicas are ----

    /** Whether hardenings are under way or due. */
    public boolean isHardening() {
        return opened().isHardening();
    }

    /** Whether no volume of the partition was ever heard of. */
    public boolean isEmpty() {
        return opened().isEmpty();
    }

    /**
     * Whether nothing will change, and {@link #tick} will find nothing to do, before a record
     * comes.
     */
    public boolean isAtRest() {
        return opened().isAtRest();
    }

    /** The replicas of the partition, in no order; any thread. */
    public Collection<Replica> replicas() {
        return opened().all();
    }

    /** How one volume of the partition is. */
    public Optional<ReplicaStatus> status(String vvol) {
        return Optional.ofNullable(opened().find(vvol)).map(Replica::status);
    }

    /** How the volumes of the partition are, in no order. */
    public Iterable<ReplicaStatus> statuses() {
        return opened().all().stream().map(Replica::status)::iterator;
    }

    // ---- offsets ----

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        Long offset = changelogOffsets.get(changelog());
        if (offset == null) {
            doubtPosition();
        } else if (offset >= 0) {
            long nowNanos = environment.nanoClock().getAsLong();
            opened().startHardening(nowNanos);
            opened().collectHardening();
            if (positionFile().isDue(nowNanos)) {
                positionFile().writeBeside(position(offset), nowNanos);
            }
        }
        // Else a sentinel of Streams: nothing was read yet, and what is on disk still holds.
    }

    /**
     * Streams calls the task corrupted, for whatever reason: records that could not be sent, too.
     * It knows nothing of what the images have. Their position is useless only where the log does
     * not reach back so far; then Streams says so before it has read a single record.
     */
    private void doubtPosition() {
        if (isPositionInLog) {
            return;
        }
        committedOffset = NO_OFFSET;
        progress.seen(NO_OFFSET);
        try {
            positionFile().delete();
        } catch (IOException e) {
            throw new ProcessorStateException("deleting " + positionFile(), e);
        }
    }

    PartitionPosition position(long offset) {
        return opened().position(offset);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return committedOffset == NO_OFFSET ? null : committedOffset;
    }
}
