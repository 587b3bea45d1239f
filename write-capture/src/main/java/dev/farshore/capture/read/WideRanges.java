package dev.farshore.capture.read;

import java.util.concurrent.locks.StampedLock;

/**
 * Events that cover whole GiBs: rare, large discards.
 *
 * <p>Threading: any thread; readers as in {@link Stripe}. A reader keeps the stamp over all it
 * reads elsewhere: what a wide event covers lies under many stripes, and a plan must not have seen
 * a newer event there and missed this one here.
 */
final class WideRanges {
    private final StampedLock lock = new StampedLock();
    private final CoverageTable table = new CoverageTable();

    void put(long gib, long coverage) {
        long stamp = lock.writeLock();
        try {
            table.put(gib, coverage);
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

    /** What to ask {@link #isUnchangedSince} with. */
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

    long find(long gib) {
        return table.isEmpty() ? Coverage.NONE : table.find(gib, Coverage.ALL_SECTORS);
    }
}
