package dev.farshore.capture.read;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * An image that is read and overwritten word by word, with pauses: who reads what is being written
 * gets some of each.
 */
final class SlowImage implements LocalImage {
    private final AtomicLongArray words;
    private final AtomicLong reads = new AtomicLong();

    SlowImage(int bytes) {
        words = new AtomicLongArray(bytes / Long.BYTES);
    }

    long reads() {
        return reads.get();
    }

    void apply(EventHeader event, ByteBuffer payload) {
        int first = (int) event.offset() / Long.BYTES;
        for (int i = 0; i < event.length() / Long.BYTES; i++) {
            words.setOpaque(first + i, payload.hasRemaining() ? payload.getLong() : 0);
            pauseSometimes();
        }
    }

    @Override
    public void read(long offset, ByteBuffer into) {
        reads.incrementAndGet();
        for (int i = (int) offset / Long.BYTES; into.hasRemaining(); i++) {
            into.putLong(words.getOpaque(i));
            pauseSometimes();
        }
    }

    /** A sector of zeroes is a hole. */
    @Override
    public long nextData(long from, long end) {
        return next(from, end, false);
    }

    @Override
    public long nextHole(long from, long end) {
        return next(from, end, true);
    }

    private long next(long from, long end, boolean isHole) {
        for (long at = from; at < end; at += StampedVolume.SECTOR_BYTES) {
            boolean isZero = true;
            for (int i = 0; i < StampedVolume.SECTOR_BYTES / Long.BYTES; i++) {
                isZero &= words.getOpaque((int) at / Long.BYTES + i) == 0;
                pauseSometimes();
            }
            if (isZero == isHole) {
                return at;
            }
        }
        return end;
    }

    private static void pauseSometimes() {
        int chance = ThreadLocalRandom.current().nextInt(1 << 13);
        if (chance == 0) {
            Thread.yield();
        }
    }

    @Override
    public LogCursor applied() {
        throw new UnsupportedOperationException("not asked when reading");
    }

    @Override
    public long sizeBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long hardenedSeq() {
        throw new UnsupportedOperationException("not asked when reading");
    }
}
