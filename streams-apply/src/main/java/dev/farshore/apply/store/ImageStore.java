package dev.farshore.apply.store;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.replica.ReplicaState;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogCursor;
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
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The images of one partition as a Kafka Streams state store. Its changelog is the write log
 * itself: what Streams restores after a crash, and feeds to standbys, are the partition's own
 * events, from the offset this store says it has.
 *
 * <p>It never makes Streams wait for a disk but for a moment at an epoch's opening and seal, when a
 * window is used up, and when it closes, and not for ever then: hardening runs beside, and the
 * committed offset is the one before the first event not hardened yet, which may be lower than the
 * one Streams asked for. Reading a few events twice is harmless; claiming one too many is not
 * ({@code PositionMatchesData}).
 *
 * <p>Threading: one thread at a time calls it, as Streams promises (the stream thread or the one
 * that restores and keeps standbys).
 */
public final class ImageStore implements StateStore {
    /** Name of the store in the topology. */
    public static final String NAME = "images";

    private static final long NO_OFFSET = Replica.NO_OFFSET;
    private static final long UNKNOWN_LOG_END = Long.MAX_VALUE;

    private final ApplySettings settings;
    private final Deserializer<Decoded<LogEvent>> deserializer;
    private final Images images;
    private final Hardener hardener;
    private final StoreListener watch;
    private final ApplyListener listener;
    private final ApplyCounters counters;
    private final LongSupplier nanoClock;
    private final Predicate<LogCursor> isWrittenHere;

    // Concurrent: the repairing thread looks for volumes that are behind.
    private final Map<String, Replica> volumes = new ConcurrentHashMap<>();

    /** By volume: why. Others put it there. */
    private final Map<String, String> seedsNeeded = new ConcurrentHashMap<>();

    private @Nullable TopicPartition changelog;
    private boolean isOpen;
    private boolean isActive;
    private boolean isPositionInLog;
    private long committedOffset = NO_OFFSET;
    // Others ask for it; only the store's thread writes it.
    private volatile long seenOffset = NO_OFFSET;
    private @Nullable PositionFile positionFile;
    private volatile @Nullable LostTail lostTail;
    private volatile long logBegin;
    private volatile long logEndAtOpening = UNKNOWN_LOG_END;
    private long changedAtNanos;

    /** Records after {@code endOffset} that the store has seen and the log does not have. */
    private record LostTail(long endOffset, long seenOffset) {}

    /** Of a node that writes no volume. */
    public ImageStore(
            ApplySettings settings,
            Deserializer<Decoded<LogEvent>> deserializer,
            Images images,
            Hardener hardener,
            StoreListener watch,
            ApplyListener listener,
            ApplyCounters counters,
            LongSupplier nanoClock) {
        this(
                settings,
                deserializer,
                images,
                hardener,
                watch,
                listener,
                counters,
                nanoClock,
                cursor -> false);
    }

    /**
     * @param isWrittenHere whether it is this node that goes on from there as a volume's owner
     */
    public ImageStore(
            ApplySettings settings,
            Deserializer<Decoded<LogEvent>> deserializer,
            Images images,
            Hardener hardener,
            StoreListener watch,
            ApplyListener listener,
            ApplyCounters counters,
            LongSupplier nanoClock,
            Predicate<LogCursor> isWrittenHere) {
        this.isWrittenHere = isWrittenHere;
        this.settings = settings;
        this.deserializer = deserializer;
        this.images = images;
        this.hardener = hardener;
        this.watch = watch;
        this.listener = listener;
        this.counters = counters;
        this.nanoClock = nanoClock;
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
        changelog = partition;
        committedOffset = NO_OFFSET;
        seenOffset = NO_OFFSET;
        isActive = false;
        isPositionInLog = false;
        logEndAtOpening = UNKNOWN_LOG_END;
        changedAtNanos = nanoClock.getAsLong();
        PositionFile file =
                new PositionFile(
                        settings.directory(),
                        partition.partition(),
                        settings.positionInterval(),
                        hardener,
                        changedAtNanos);
        positionFile = file;
        try {
            Files.createDirectories(settings.directory());
            PartitionPosition position = file.read();
            if (position != null) {
                openImages(position);
            }
        } catch (IOException e) {
            throw new ProcessorStateException(
                    "opening the images of %s in %s".formatted(partition, settings.directory()), e);
        }
        isOpen = true;
        images.add(this);
        watch.add(this);
    }

    private void openImages(PartitionPosition position) {
        committedOffset = position.offset();
        seenOffset = position.offset();
        position.volumes().forEach((vvol, entry) -> openImage(position, vvol, entry));
    }

    private void openImage(PartitionPosition position, String vvol, PartitionPosition.Entry entry) {
        Replica volume = add(vvol);
        if (Image.exists(settings.directory(), vvol)) {
            boolean isBehind = entry.health() != Health.OK;
            volume.open(isBehind ? position.offset() : NO_OFFSET, entry.health(), entry.reason());
        } else if (entry.health() == Health.GAP) {
            volume.recallGap(entry.reason());
        } else {
            // The partition's offset says nothing about an image that is gone.
            volume.rebuild(position.offset());
        }
    }

    private Replica add(String vvol) {
        Replica volume =
                new Replica(
                        vvol,
                        partition(),
                        settings,
                        listener,
                        counters,
                        this::seenOffset,
                        hardener,
                        nanoClock);
        volume.setActive(isActive);
        volumes.put(vvol, volume);
        images.add(volume);
        return volume;
    }

    /** Streams only takes a task for its own after a restart if its directory is not empty. */
    private void markTaskDirectory(StateStoreContext context) throws IOException {
        Path directory = context.stateDir().toPath().resolve(NAME);
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("where"),
                settings.directory().toAbsolutePath() + "\n",
                StandardCharsets.UTF_8);
    }

    private int partition() {
        return Objects.requireNonNull(changelog).partition();
    }

    /** The partition of the write log; only after the store was opened. */
    public TopicPartition changelog() {
        return Objects.requireNonNull(changelog);
    }

    private PositionFile positionFile() {
        return Objects.requireNonNull(positionFile);
    }

    /** From now on this node answers for the volumes; on the applying thread. */
    public void becomeActive() {
        isPositionInLog = true; // Streams has restored from there
        setActive(true);
    }

    /** From now on the images follow another node. */
    public void becomeStandby() {
        setActive(false);
    }

    private void setActive(boolean active) {
        isActive = active;
        images.active(partition(), active);
        volumes.values().forEach(volume -> volume.setActive(active));
    }

    @Override
    public void close() {
        if (!isOpen) {
            return;
        }
        isOpen = false;
        watch.remove(this);
        images.remove(this);
        long deadlineNanos = System.nanoTime() + hardener.diskPatience().toNanos();
        for (int i = 0; i < 2; i++) { // what was under way does not cover all
            long nowNanos = nanoClock.getAsLong();
            volumes.values().forEach(volume -> volume.startHardening(nowNanos));
            volumes.values().forEach(volume -> volume.awaitHardening(deadlineNanos));
        }
        volumes.values().forEach(Replica::startSettling);
        volumes.values().forEach(volume -> volume.awaitHardening(deadlineNanos));
        positionFile().awaitWriting();
        if (seenOffset != NO_OFFSET) {
            positionFile().write(position(seenOffset));
        }
        for (Replica volume : volumes.values()) {
            images.remove(volume);
            volume.close();
        }
        volumes.clear();
    }

    // ---- events ----

    /** Applies the next record of the partition. */
    public void apply(String vvol, Decoded<LogEvent> record, long offset) {
        counters.countRecord();
        if (offset <= seenOffset) {
            volumes.values().forEach(Replica::wantComparison);
            watch.wake();
        }
        Replica volume = volumes.get(vvol);
        if (volume == null) {
            volume = add(vvol);
        }
        volume.takeComparison(isWrittenHere);
        volume.apply(record, offset);
        seenOffset = offset;
        isPositionInLog = true;
    }

    /**
     * The log ended before {@code endOffset}, and this store had seen more of it, as it had said
     * before the log was asked: what comes now at those offsets it has not seen. On any thread.
     */
    public void logEndedAt(long endOffset, long seenBefore) {
        if (seenBefore >= endOffset) {
            lostTail = new LostTail(endOffset, seenBefore);
        }
    }

    private void forgetLostTail() {
        LostTail lost = lostTail;
        if (lost != null) {
            lostTail = null;
            if (seenOffset == lost.seenOffset()) {
                seenOffset = lost.endOffset() - 1;
            }
        }
    }

    /**
     * There should be an image of a volume, and all that the log ever had of it is gone. On any
     * thread; it counts from the next {@link #tick} on.
     */
    public void needSeed(String vvol, String reason, long logBeginOffset) {
        logBegin = logBeginOffset;
        seedsNeeded.put(vvol, reason);
    }

    private void takeSeedsNeeded() {
        for (String vvol : seedsNeeded.keySet()) {
            String reason = String.valueOf(seedsNeeded.remove(vvol));
            Replica known = volumes.get(vvol);
            Replica volume = known == null ? add(vvol) : known;
            Image image = volume.image();
            if (image == null && Image.exists(settings.directory(), vvol)) {
                volume.open(NO_OFFSET, Health.OK, ""); // no event has asked for it yet
            } else if (image == null || image.applied().seq() == 0) {
                volume.needSeed(reason);
            }
        }
    }

    private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Decoded<LogEvent> decoded = deserializer.deserialize(record.topic(), record.value());
            if (decoded != null) {
                apply(new String(record.key(), StandardCharsets.UTF_8), decoded, record.offset());
            }
        }
        counters.countRestored(records.size());
        tick();
    }

    /**
     * Does what is due: collects hardenings that have ended, and starts new ones. Cheap; call it
     * every few milliseconds.
     */
    public void tick() {
        long nowNanos = nanoClock.getAsLong();
        boolean hasFault = false;
        if (!seedsNeeded.isEmpty()) {
            takeSeedsNeeded();
        }
        forgetLostTail();
        for (Replica volume : volumes.values()) {
            volume.takeComparison(isWrittenHere);
            volume.collectHardening();
            volume.rereadAtGap(nowNanos);
            volume.hardenIfDue(nowNanos);
            hasFault |= volume.isBehind() || volume.isLogStartWanted();
        }
        if (hasFault || isLogEndWanted()) {
            watch.wake();
        }
        if (seenOffset + 1 >= logEndAtOpening) {
            declareConsistent();
        }
        settleOne(nowNanos);
    }

    /** Whether hardenings are under way or due. */
    public boolean isHardening() {
        for (Replica volume : volumes.values()) {
            if (volume.firstUnhardenedOffset() != Long.MAX_VALUE) {
                return true;
            }
        }
        return false;
    }

    /** Whether no volume of the partition was ever heard of. */
    public boolean isEmpty() {
        return volumes.isEmpty();
    }

    /**
     * Whether nothing will change, and {@link #tick} will find nothing to do, before a record
     * comes.
     */
    public boolean isAtRest() {
        for (Replica volume : volumes.values()) {
            if (!volume.isAtRest()) {
                return false;
            }
        }
        return true;
    }

    private long settledSeenOffset = NO_OFFSET;

    /** At most one at a time: it is in no hurry, and others may want the disk. */
    private void settleOne(long nowNanos) {
        if (seenOffset != settledSeenOffset) {
            settledSeenOffset = seenOffset;
            changedAtNanos = nowNanos;
        } else if (nowNanos - changedAtNanos >= settings.settleAfter().toNanos()) {
            for (Replica volume : volumes.values()) {
                if (volume.startSettling()) {
                    return;
                }
            }
        }
    }

    /** Where the log begins, as far as anybody asked; the records before can't be seen. */
    public void logBeginsAt(long offset) {
        logBegin = offset;
        volumes.values().forEach(volume -> volume.logBeginsAt(offset));
    }

    /** What there was to be seen has been, up to this offset; -1 for nothing. */
    public long passedOffset() {
        return Math.max(seenOffset, logBegin - 1);
    }

    /** Offset of the newest record seen; -1 before the first. */
    public long seenOffset() {
        return seenOffset;
    }

    /** Whether images wait to know how far the log went when they were opened. */
    public boolean isLogEndWanted() {
        return logEndAtOpening == UNKNOWN_LOG_END
                && volumes.values().stream().anyMatch(Replica::isMixed);
    }

    /** The log ends before {@code offset}, or did not long ago but after the images were opened. */
    public void setLogEnd(long offset) {
        logEndAtOpening = offset;
    }

    /** All of the log that existed when the images were opened has been applied. */
    private void declareConsistent() {
        for (Replica volume : volumes.values()) {
            if (volume.state() instanceof ReplicaState.Live live) {
                live.image().declareConsistent();
            }
        }
    }

    /** The volumes of the partition, in no order. */
    public Collection<Replica> volumes() {
        return volumes.values();
    }

    /** How one volume of the partition is. */
    public Optional<ReplicaStatus> status(String vvol) {
        return Optional.ofNullable(volumes.get(vvol)).map(Replica::status);
    }

    /** How the volumes of the partition are, in no order. */
    public Iterable<ReplicaStatus> statuses() {
        return volumes.values().stream().map(Replica::status)::iterator;
    }

    // ---- offsets ----

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        Long offset = changelogOffsets.get(changelog());
        if (offset == null) {
            doubtPosition();
        } else if (offset >= 0) {
            long nowNanos = nanoClock.getAsLong();
            volumes.values().forEach(volume -> volume.startHardening(nowNanos));
            volumes.values().forEach(Replica::collectHardening);
            if (positionFile().isDue(nowNanos)) {
                positionFile().writeBeside(position(offset), nowNanos);
            }
        }
        // Else a sentinel of Streams: nothing was read yet, and what is on disk still holds.
    }

    /**
     * Streams calls the task corrupted, for whatever reason: records that could not be sent, too.
     * What the images have is none of its knowledge. Their position is of no use only where the log
     * does not reach back so far; then Streams says so before it has read a single record.
     */
    private void doubtPosition() {
        if (!isPositionInLog) {
            forgetPosition();
        }
    }

    private void forgetPosition() {
        committedOffset = NO_OFFSET;
        seenOffset = NO_OFFSET;
        try {
            positionFile().delete();
        } catch (IOException e) {
            throw new ProcessorStateException("deleting " + positionFile(), e);
        }
    }

    /**
     * {@code PositionMatchesData}: each volume is looked at once. The repair may make one live at
     * any time, with events that are not hardened: either it is still behind here, or its events
     * count.
     */
    PartitionPosition position(long offset) {
        long hardenedOffset = offset;
        Map<String, PartitionPosition.Entry> entries = new TreeMap<>();
        for (Replica volume : volumes.values()) {
            ReplicaState state = volume.state();
            hardenedOffset = Math.min(hardenedOffset, volume.firstUnhardenedOffset(state) - 1);
            if (state.image() != null || state.health() != Health.OK) {
                entries.put(
                        volume.vvol(), new PartitionPosition.Entry(state.health(), state.reason()));
            }
        }
        return new PartitionPosition(hardenedOffset, entries);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return committedOffset == NO_OFFSET ? null : committedOffset;
    }
}
