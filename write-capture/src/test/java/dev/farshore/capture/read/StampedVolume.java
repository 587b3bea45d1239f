package dev.farshore.capture.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.farshore.capture.journal.Journal;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32C;

/** A small volume, its writer, its applier, and readers that know what they may see. */
final class StampedVolume {
    /** What the guest does. */
    enum Writes {
        /** Whole 4 KiB blocks: then no block may be of two events. */
        BLOCKS,
        /** Any sectors, and discards. */
        SECTORS
    }

    static final int SECTOR_BYTES = 512;
    private static final int SECTORS = 128;
    private static final int SECTORS_PER_BLOCK = 8;
    private static final int EVENTS_MAX = 1 << 22;

    private final Journal journal;
    private final Overlay overlay = new Overlay();
    private final OverlayReader reader = new OverlayReader(overlay);
    private final OverlayAllocation allocation = new OverlayAllocation(overlay);
    private final SlowImage image = new SlowImage(SECTORS * SECTOR_BYTES);
    private final Writes writes;
    private final Duration time;

    /** Of every sector: the newest event begun, completed, and the newest that zeroes. */
    private final AtomicLongArray begun = new AtomicLongArray(SECTORS);

    private final AtomicLongArray completed = new AtomicLongArray(SECTORS);
    private final AtomicLongArray zeroed = new AtomicLongArray(SECTORS);

    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong holes = new AtomicLong();
    private volatile long lastSeq;
    private volatile boolean isOver;

    StampedVolume(Journal journal, Writes writes, Duration time) {
        this.journal = journal;
        this.writes = writes;
        this.time = time;
        // What is loaded for the first event shall not count.
        event(new Random(0), 1);
    }

    long reads() {
        return reads.get();
    }

    /** Sectors that were said to be holes. */
    long holes() {
        return holes.get();
    }

    long imageReads() {
        return image.reads();
    }

    long events() {
        return lastSeq;
    }

    @Override
    public String toString() {
        return "%s: %d events, %d reads, %d of them with the image"
                .formatted(writes, events(), reads(), image.reads());
    }

    Void write(Random random) throws IOException {
        long endNanos = System.nanoTime() + time.toNanos();
        for (long seq = 1; System.nanoTime() < endNanos && seq < EVENTS_MAX; seq++) {
            EventHeader event = event(random, seq);
            int first = (int) event.offset() / SECTOR_BYTES;
            int count = (int) event.length() / SECTOR_BYTES;
            boolean isZeroes = event.kind() != EventKind.WRITE;
            for (int sector = first; sector < first + count; sector++) {
                (isZeroes ? zeroed : begun).set(sector, seq);
            }
            ByteBuffer payload = payload(seq, event.payloadBytes());
            while (!journal.tryAppend(event, payload)) {
                Thread.yield();
            }
            overlay.put(event);
            for (int sector = first; sector < first + count; sector++) {
                completed.set(sector, seq);
            }
            lastSeq = seq;
            if (random.nextInt(64) == 0) {
                // Let the image catch up, so that reads come from there.
                while (!journal.isEmpty()) {
                    Thread.yield();
                }
            }
        }
        isOver = true;
        return null;
    }

    private EventHeader event(Random random, long seq) {
        int unit = writes == Writes.BLOCKS ? SECTORS_PER_BLOCK : 1;
        int first = random.nextInt(SECTORS / unit) * unit;
        int count = Math.min(unit * (1 + random.nextInt(16 / unit)), SECTORS - first);
        boolean isZeroes = random.nextInt(8) == 0;
        CRC32C crc = new CRC32C();
        crc.update(payload(seq, isZeroes ? 0 : count * SECTOR_BYTES));
        return new EventHeader(
                "v",
                1,
                seq,
                seq,
                isZeroes ? EventKind.TRIM : EventKind.WRITE,
                (long) first * SECTOR_BYTES,
                (long) count * SECTOR_BYTES,
                0,
                0,
                (int) crc.getValue(),
                "");
    }

    private static ByteBuffer payload(long seq, int bytes) {
        ByteBuffer payload = ByteBuffer.allocate(bytes);
        while (payload.hasRemaining()) {
            payload.putLong(seq);
        }
        return payload.flip();
    }

    /** Follows the writer, sometimes closely and sometimes far behind. */
    Void apply(Random random) throws IOException {
        long applied = 0;
        while (!isOver || applied < lastSeq) {
            long upTo = applied + Math.min(lastSeq - applied, 1 + random.nextInt(32));
            if (upTo == applied) {
                Thread.yield();
                continue;
            }
            for (long seq = applied + 1; seq <= upTo; seq++) {
                LogEvent event = journal.read(seq);
                image.apply(event.header(), event.payload());
            }
            applied = upTo;
            overlay.forgetUpTo(applied);
            journal.release(applied);
        }
        return null;
    }

    Void readAndCheck(Random random) throws IOException {
        long[] atLeast = new long[SECTORS];
        while (!isOver) {
            int first = random.nextInt(SECTORS / SECTORS_PER_BLOCK) * SECTORS_PER_BLOCK;
            int count = Math.min(SECTORS_PER_BLOCK * (1 + random.nextInt(3)), SECTORS - first);
            ByteBuffer into = ByteBuffer.allocate(count * SECTOR_BYTES);
            for (int sector = first; sector < first + count; sector++) {
                atLeast[sector] = completed.get(sector);
            }
            reader.read((long) first * SECTOR_BYTES, into, journal, image);
            assertThat(into.hasRemaining()).isFalse();
            for (int i = 0; i < count; i++) {
                check(into, i, first + i, atLeast[first + i]);
            }
            reads.incrementAndGet();
        }
        return null;
    }

    /** What is called a hole could have been read as zeroes, and whole blocks of one moment. */
    Void checkAllocation(Random random) throws IOException {
        long[] atLeast = new long[SECTORS];
        while (!isOver) {
            int first = random.nextInt(SECTORS / SECTORS_PER_BLOCK) * SECTORS_PER_BLOCK;
            int count = SECTORS - first;
            for (int sector = first; sector < first + count; sector++) {
                atLeast[sector] = completed.get(sector);
            }
            boolean[] isHole = new boolean[SECTORS];
            int[] at = {first};
            allocation.extents(
                    (long) first * SECTOR_BYTES,
                    (long) count * SECTOR_BYTES,
                    image,
                    (bytes, flags) -> {
                        int end = at[0] + (int) (bytes / SECTOR_BYTES);
                        for (; at[0] < end; at[0]++) {
                            if (flags == Allocation.HOLE) {
                                holes.incrementAndGet();
                                isHole[at[0]] = true;
                                assertThat(zeroed.get(at[0]))
                                        .as("hole at sector %d", at[0])
                                        .isGreaterThanOrEqualTo(atLeast[at[0]]);
                            }
                        }
                        return true;
                    });
            assertThat(at[0]).isEqualTo(first + count);
            for (int sector = first; writes == Writes.BLOCKS && sector < SECTORS; sector++) {
                assertThat(isHole[sector])
                        .as("sector %d is as its block", sector)
                        .isEqualTo(isHole[sector - sector % SECTORS_PER_BLOCK]);
            }
        }
        return null;
    }

    private void check(ByteBuffer into, int i, int sector, long atLeast) {
        long stamp = into.getLong(i * SECTOR_BYTES);
        for (int at = 0; at < SECTOR_BYTES; at += Long.BYTES) {
            long word = into.getLong(i * SECTOR_BYTES + at);
            if (word != stamp) {
                fail("sector %d is torn: of events %d and %d".formatted(sector, stamp, word));
            }
        }
        if (stamp == 0) {
            assertThat(zeroed.get(sector))
                    .as("zeroes in sector %d", sector)
                    .isGreaterThanOrEqualTo(atLeast);
        } else {
            assertThat(stamp)
                    .as("stamp of sector %d", sector)
                    .isBetween(atLeast, begun.get(sector));
        }
        if (writes == Writes.BLOCKS && i % SECTORS_PER_BLOCK > 0) {
            assertThat(stamp)
                    .as("sector %d is of the event of its block", sector)
                    .isEqualTo(into.getLong((i - 1) * SECTOR_BYTES));
        }
    }
}
