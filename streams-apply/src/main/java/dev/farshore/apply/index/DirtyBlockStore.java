package dev.farshore.apply.index;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The dirty blocks of one partition's volumes as a Kafka Streams state store. Its changelog is the
 * headers topic. It goes on where its {@link SnapshotFile} ends; without one it says it has all
 * headers before the first not hardened, so that Streams reads just what the index is made of
 * ({@link IndexCheckpoints}).
 *
 * <p>Threading: one thread at a time calls it, as Streams promises.
 */
public final class DirtyBlockStore implements StateStore {
    /** Name of the store in the topology. */
    public static final String NAME = "dirty-blocks";

    private static final Logger LOG = LoggerFactory.getLogger(DirtyBlockStore.class);
    private static final long NO_OFFSET = -1;

    private final Deserializer<Decoded<IndexedHeader>> deserializer;
    private final DirtyBlockIndex index;
    private final Function<String, OptionalLong> localHardenedSeq;
    private final Executor disk;
    private final LongSupplier nanoClock;
    private final Map<String, DirtyBlocks> volumes = new HashMap<>();

    private @Nullable TopicPartition changelog;
    private IndexedOffsets accounted = new IndexedOffsets();
    private @Nullable IndexCheckpoints checkpoints;
    private boolean isOpen;
    private boolean isActive;

    /** As of the image store: Streams has read on from there. */
    private boolean isPositionInLog;

    private long seenOffset = NO_OFFSET;
    private long committedOffset = NO_OFFSET;

    private final IndexCheckpoints.Source contents =
            new IndexCheckpoints.Source() {
                @Override
                public long seenOffset() {
                    return seenOffset;
                }

                @Override
                public IndexedOffsets accounted() {
                    return accounted;
                }

                @Override
                public Collection<DirtyBlocks> volumes() {
                    return volumes.values();
                }
            };

    /**
     * @param localHardenedSeq what this node's own image of a volume has hardened. It keeps the
     *     index of a standby small, which hears of no progress; and it is what will count when this
     *     node takes over
     * @param disk runs what waits for the disk
     */
    public DirtyBlockStore(
            Deserializer<Decoded<IndexedHeader>> deserializer,
            DirtyBlockIndex index,
            Function<String, OptionalLong> localHardenedSeq,
            Executor disk,
            LongSupplier nanoClock) {
        this.disk = disk;
        this.nanoClock = nanoClock;
        this.deserializer = deserializer;
        this.index = index;
        this.localHardenedSeq = localHardenedSeq;
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

    @Override
    public void init(StateStoreContext context, StateStore root) {
        open(
                new TopicPartition(Topics.HEADERS, context.taskId().partition()),
                context.stateDir().toPath().resolve(NAME));
        // Not the public batching interface, because that one gives no offsets.
        context.register(root, (RecordBatchingStateRestoreCallback) this::restore);
    }

    /** Opens the index of a partition of the headers where it was left; {@link #init} does it. */
    public void open(TopicPartition partition, Path directory) {
        changelog = partition;
        IndexCheckpoints left = new IndexCheckpoints(directory, disk, nanoClock);
        checkpoints = left;
        isActive = false;
        isPositionInLog = false;
        forget();
        accounted = new IndexedOffsets();
        try {
            SnapshotFile.Contents snapshot = left.readSnapshot(index.memory());
            if (snapshot != null) {
                accounted = snapshot.accounted();
                snapshot.volumes().forEach(this::add);
                startAt(snapshot.offset());
            } else {
                startFromPosition(left.readPosition());
            }
        } catch (IOException e) {
            throw new ProcessorStateException(
                    "opening the index of %s in %s".formatted(partition, directory), e);
        }
        index.add(partition.partition(), accounted);
        isOpen = true;
    }

    private void startFromPosition(@Nullable IndexPosition position) {
        if (position != null) {
            startAt(position.offset());
            for (IndexPosition.Entry entry : position.volumes()) {
                add(newBlocks(entry.vvol(), entry.cursor(), entry.gap()));
            }
        }
    }

    private void startAt(long offset) {
        seenOffset = offset;
        committedOffset = offset;
    }

    private DirtyBlocks newBlocks(String vvol, LogCursor cursor, String gap) {
        return new DirtyBlocks(vvol, cursor, gap, index.memory());
    }

    private DirtyBlocks add(DirtyBlocks blocks) {
        volumes.put(blocks.vvol(), blocks);
        index.add(blocks);
        return blocks;
    }

    private DirtyBlocks volume(String vvol) {
        DirtyBlocks blocks = volumes.get(vvol);
        return blocks == null ? add(newBlocks(vvol, LogCursor.START, "")) : blocks;
    }

    private void forget() {
        for (DirtyBlocks blocks : volumes.values()) {
            index.remove(blocks);
            blocks.close();
        }
        volumes.clear();
        accounted.clear();
        seenOffset = NO_OFFSET;
        committedOffset = NO_OFFSET;
    }

    /** From now on the site's progress is heard. */
    public void becomeActive() {
        isPositionInLog = true;
        isActive = true;
    }

    /** From now on only headers come. */
    public void becomeStandby() {
        isActive = false;
    }

    /** Takes the next header of the partition. */
    public void onHeader(String vvol, Decoded<IndexedHeader> header, long offset) {
        seenOffset = offset;
        isPositionInLog = true;
        switch (header) {
            case Decoded.Value<IndexedHeader>(IndexedHeader event) -> {
                volume(vvol)
                        .beginningAnewAt(event.header())
                        .ifPresent(cursor -> beginAnew(event.header(), cursor));
                // Accounted for last: who finds it so finds the event in the index.
                if (volume(vvol).onHeader(event, offset)) {
                    accounted.add(event.writesOffset());
                }
            }
            case Decoded.Unreadable<IndexedHeader>(String reason) ->
                    volume(vvol)
                            .stop(
                                    "header at offset %d can't be read: %s"
                                            .formatted(offset, reason));
        }
        index.spillIfNeeded();
    }

    /**
     * An index that lacks headers begins anew with the next one that counts: at once complete with
     * a seed, else when the image has hardened what the headers that are missing told of.
     */
    private void beginAnew(EventHeader header, LogCursor cursor) {
        DirtyBlocks before = volume(header.vvol());
        LogCursor end = before.logEnd();
        long hardenedSeq = before.hardenedSeq();
        index.remove(before);
        before.close();
        add(newBlocks(header.vvol(), cursor, "")).onHardened(hardenedSeq);
        LOG.atWarn()
                .addKeyValue("vvol", header.vvol())
                .addKeyValue("seq", header.seq())
                .log("Index lacks headers after event {}, and begins anew", end.seq());
    }

    /** The site's image of a volume may have hardened more; what counts is this node's. */
    public void onProgress(String vvol) {
        localHardenedSeq.apply(vvol).ifPresent(seq -> onHardened(vvol, seq));
    }

    /** This node's image of a volume has hardened the events up to {@code seq}. */
    public void onHardened(String vvol, long seq) {
        volume(vvol).onHardened(seq);
        index.spillIfNeeded();
    }

    private void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Decoded<IndexedHeader> header =
                    deserializer.deserialize(record.topic(), record.value());
            if (header != null) {
                onHeader(new String(record.key(), StandardCharsets.UTF_8), header, record.offset());
            }
        }
        if (!isActive) {
            for (DirtyBlocks blocks : volumes.values()) {
                localHardenedSeq.apply(blocks.vvol()).ifPresent(blocks::onHardened);
            }
        }
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
        Long offset = changelogOffsets.get(changelog);
        if (offset == null && isPositionInLog) {
            return; // corrupted in the words of Streams, for a reason that is not the position
        }
        if (offset == null) {
            forget();
            try {
                checkpoints().delete();
            } catch (IOException e) {
                throw new ProcessorStateException("deleting " + checkpoints(), e);
            }
        } else if (offset >= 0) {
            checkpoints().writeIfDue(contents, index.memory().spilledBytes() == 0);
        }
        // Else a sentinel of Streams: nothing was read yet, and what is on disk still holds.
    }

    private IndexCheckpoints checkpoints() {
        return Objects.requireNonNull(checkpoints);
    }

    @Override
    public @Nullable Long committedOffset(TopicPartition partition) {
        return committedOffset == NO_OFFSET ? null : committedOffset;
    }

    @Override
    public void close() {
        if (isOpen) {
            isOpen = false;
            checkpoints().writeLast(contents);
            forget();
            index.remove(Objects.requireNonNull(changelog).partition(), accounted);
        }
    }
}
