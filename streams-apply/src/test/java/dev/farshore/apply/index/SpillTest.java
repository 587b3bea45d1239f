package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.apply.index.spill.SpillException;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;

/** An index with far too little memory, beside one of the same headers that has all it wants. */
class SpillTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.headers", 0);
    private static final long SIZE = 256L << 20;
    private static final int BLOCK = 4096;
    private static final long LIMIT_BYTES = 400_000;

    @TempDir Path folder;

    private final LogWriter log = new LogWriter("disk0");
    private final LogWriter otherLog = new LogWriter("disk1");
    private long offset;
    private long nowNanos;

    private final class Side {
        private final Path directory;
        private final IndexMemory memory;
        private final DirtyBlockIndex index;
        private DirtyBlockStore store;

        Side(String name, long limitBytes) {
            directory = folder.resolve(name);
            memory = IndexMemory.limited(limitBytes, folder.resolve(name + "-spill"));
            index = new DirtyBlockIndex(memory);
            store = open();
        }

        DirtyBlockStore open() {
            DirtyBlockStore opened =
                    new DirtyBlockStore(
                            (topic, bytes) -> {
                                throw new UnsupportedOperationException();
                            },
                            index,
                            vvol -> OptionalLong.empty(),
                            Runnable::run,
                            () -> nowNanos);
            opened.open(PARTITION, directory);
            return opened;
        }

        DirtyBlocks blocks(String vvol) {
            return index.find(vvol).orElseThrow();
        }

        void take(LogEvent event) {
            store.onHeader(
                    event.header().vvol(),
                    new Decoded.Value<>(new IndexedHeader(event.header(), offset)),
                    offset);
        }
    }

    private Side ample;
    private Side scarce;

    @BeforeEach
    void open() {
        ample = new Side("ample", Long.MAX_VALUE);
        scarce = new Side("scarce", LIMIT_BYTES);
    }

    private void take(LogEvent event) {
        ample.take(event);
        scarce.take(event);
        offset++;
    }

    private void check(long from, long length) {
        DirtyBlocks expected = ample.blocks("disk0");
        DirtyBlocks actual = scarce.blocks("disk0");
        assertThat(actual.extents(from, length)).isEqualTo(expected.extents(from, length));
        assertThat(actual.isDirty(from, length)).isEqualTo(expected.isDirty(from, length));
        assertThat(actual.dirtyBytes()).isEqualTo(expected.dirtyBytes());
        assertThat(actual.isComplete()).isTrue();
    }

    @Test
    void shouldKnowTheSameWithLittleMemory() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("SpillTest: -Dfarshore.seed=" + seed);
        Random random = new Random(seed);
        take(log.open(SIZE));
        long hardened = 1;
        long mostBytes = 0;
        long mostAmpleBytes = 0;
        long mostSpilledBytes = 0;
        for (int step = 1; step <= 60_000; step++) {
            long block = random.nextLong(SIZE / BLOCK);
            take(
                    switch (random.nextInt(50)) {
                        case 0 -> log.trim(block * BLOCK, BLOCK);
                        case 1 -> log.write(block * BLOCK + 512, 512);
                        case 2 -> log.flush();
                        default -> log.write(block * BLOCK, BLOCK);
                    });
            if (step % 1000 == 0 && step > 30_000) {
                hardened += random.nextInt(3000);
                ample.store.onHardened("disk0", hardened);
                scarce.store.onHardened("disk0", hardened);
            } else if (step == 1000) {
                ample.store.onHardened("disk0", 1);
                scarce.store.onHardened("disk0", 1);
            }
            mostBytes = Math.max(mostBytes, scarce.memory.usedBytes());
            mostAmpleBytes = Math.max(mostAmpleBytes, ample.memory.usedBytes());
            mostSpilledBytes = Math.max(mostSpilledBytes, scarce.memory.spilledBytes());
            if (step >= 1000 && step % 1000 == 0) {
                check(random.nextLong(SIZE / BLOCK) * BLOCK, random.nextLong(64) * BLOCK);
            }
            if (step == 45_000) {
                restart(hardened);
            }
        }
        check(0, SIZE);
        // At the end there may be little left to keep: how much is hardened is random.
        assertThat(mostSpilledBytes).isPositive();
        assertThat(mostBytes).isLessThan(LIMIT_BYTES + LIMIT_BYTES / 4);
        assertThat(mostAmpleBytes).as("it would need").isGreaterThan(2 * LIMIT_BYTES);
        assertThat(ample.memory.spilledBytes()).isZero();

        scarce.store.close();
        assertThat(scarce.memory.spilledBytes()).isZero();
        assertThat(scarce.memory.usedBytes()).isZero();
        scarce.memory.close();
    }

    /** From a snapshot that is larger than the memory. */
    private void restart(long hardened) {
        scarce.store.close();
        scarce.store = scarce.open();
        assertThat(scarce.store.committedOffset(PARTITION)).isEqualTo(offset - 1);
        assertThat(scarce.memory.usedBytes()).isLessThan(LIMIT_BYTES + LIMIT_BYTES / 4);
        scarce.store.onHardened("disk0", hardened);
        check(0, SIZE);
    }

    @Test
    void shouldGiveUpOneVolumeWhenThePlaceOnDiskFailsAndKeepTheOthers() {
        take(otherLog.open(SIZE));
        take(otherLog.write(0, BLOCK));
        take(log.open(SIZE));
        ample.store.onHardened("disk0", 1);
        scarce.store.onHardened("disk0", 1);
        scarce.store.onHardened("disk1", 1);
        while (scarce.memory.spilledBytes() == 0) {
            take(log.write(log.seq() * 7919 % (SIZE / BLOCK) * BLOCK, BLOCK));
        }
        check(0, SIZE);

        scarce.memory.close();
        assertThatThrownBy(() -> scarce.blocks("disk0").extents(0, SIZE))
                .isInstanceOf(SpillException.class);
        assertThat(scarce.blocks("disk0").isComplete()).isFalse();
        assertThat(scarce.blocks("disk0").isDirty(0, 512)).isTrue();
        assertThat(scarce.blocks("disk0").gap()).contains("closed");
        take(log.write(0, BLOCK));
        scarce.store.onHardened("disk0", 100);
        take(otherLog.write(8192, BLOCK));

        assertThat(scarce.blocks("disk1").isComplete()).isTrue();
        assertThat(scarce.blocks("disk1").extents(0, SIZE)).hasSize(2);
        assertThat(scarce.memory.usedBytes()).as("it is given back").isLessThan(LIMIT_BYTES / 2);

        // After the next start it is made from the headers it was made from.
        nowNanos += 10_000_000_000L;
        scarce.store.commit(Map.of(PARTITION, offset - 1));
        scarce.store.close();
        Side restarted = new Side("scarce", Long.MAX_VALUE);
        assertThat(restarted.store.committedOffset(PARTITION)).as("from the start").isNull();
        assertThat(restarted.blocks("disk0").gap()).isEmpty();
        restarted.store.close();
    }
}
