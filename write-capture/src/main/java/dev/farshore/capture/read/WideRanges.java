package dev.farshore.capture.read;

import java.util.List;
import java.util.concurrent.locks.StampedLock;
import java.util.stream.Stream;

/**
 * Events that cover whole GiBs: rare, large discards; and those that set the volume's size, which
 * cover everything behind it with zeroes, without a limit. So nobody has to know how large the
 * volume was before.
 *
 * <p>Threading: any thread; readers as in {@link Stripe}. A reader keeps the stamp while it reads
 * the stripes: a wide event covers chunks of many stripes, and a plan must not have seen a newer
 * event there and missed this one here.
 */
final class WideRanges {
    private final StampedLock lock = new StampedLock();
    private final CoverageTable table = new CoverageTable();

    /** Oldest first. An older one that covers no more than a newer one is left out. */
    private volatile List<Size> sizes = List.of();

    private record Size(long bytes, long coverage) {}

    void put(long gib, long coverage) {
        long stamp = lock.writeLock();
        try {
            table.put(gib, coverage);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** An event newer than all before makes the volume end at {@code bytes}. */
    void putSize(long bytes, long coverage) {
        long stamp = lock.writeLock();
        try {
            Stream<Size> kept = sizes.stream().filter(size -> size.bytes() < bytes);
            sizes = Stream.concat(kept, Stream.of(new Size(bytes, coverage))).toList();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    void removeSizesUpTo(long seq) {
        if (sizes.isEmpty()) {
            return; // so it is nearly always
        }
        long stamp = lock.writeLock();
        try {
            sizes = sizes.stream().filter(size -> Coverage.seq(size.coverage()) > seq).toList();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    void remove(long gib, long seq) {
        long stamp = lock.writeLock();
        try {
            table.remove(gib, seq);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** For {@link #isUnchangedSince}. */
    long stamp() {
        long stamp = lock.tryOptimisticRead();
        if (stamp == 0) {
            // Waits for the writer, which changes a few words.
            long reading = lock.readLock();
            stamp = lock.tryConvertToOptimisticRead(reading);
        }
        return stamp;
    }

    boolean isUnchangedSince(long stamp) {
        return lock.validate(stamp);
    }

    /** What covers a place, and all from there to {@link #endOfPiece}, which lies in one GiB. */
    long find(long gib, long at) {
        long coverage = table.isEmpty() ? Coverage.NONE : table.find(gib, Coverage.ALL_SECTORS);
        for (Size size : sizes) {
            if (size.bytes() <= at) {
                coverage = Coverage.newer(coverage, size.coverage());
            }
        }
        return coverage;
    }

    /**
     * The first place behind {@code at} and before {@code end} where another size begins to count.
     */
    long endOfPiece(long at, long end) {
        long nearest = end;
        for (Size size : sizes) {
            if (size.bytes() > at) {
                nearest = Math.min(nearest, size.bytes());
            }
        }
        return nearest;
    }
}
