package dev.farshore.capture.read;

/**
 * The ranges put into the overlay and not forgotten, by seq: what to remove when an event is
 * forgotten.
 *
 * <p>Threading: any thread; its lock is held for a few words only, so the volume's writes and its
 * applier don't wait for each other.
 */
final class PutRanges {
    private static final int INITIAL_ENTRIES = 64;

    /** It never shrinks below this: a busy volume is emptied and filled many times a second. */
    private static final int KEPT_ENTRIES = 1024;

    private long[] ranges = new long[2 * INITIAL_ENTRIES];
    private long firstSeq;
    private long nextSeq;

    /** Adds the range of the next seq; the first may be any. */
    synchronized void add(long seq, long from, long to) {
        if (firstSeq == nextSeq) {
            firstSeq = seq;
            nextSeq = seq;
        }
        if (seq != nextSeq) {
            throw new IllegalArgumentException(
                    "event %d does not follow %d in the overlay".formatted(seq, nextSeq - 1));
        }
        if (2 * (nextSeq - firstSeq) == ranges.length) {
            resize(ranges.length * 2);
        }
        int slot = slot(ranges, seq);
        ranges[slot] = from;
        ranges[slot + 1] = to;
        nextSeq = seq + 1;
    }

    /** Oldest seq; 0 when there is none. */
    synchronized long firstSeq() {
        return firstSeq == nextSeq ? 0 : firstSeq;
    }

    synchronized long from(long seq) {
        return ranges[slot(ranges, seq)];
    }

    synchronized long to(long seq) {
        return ranges[slot(ranges, seq) + 1];
    }

    synchronized void removeFirst() {
        firstSeq++;
        long entries = nextSeq - firstSeq;
        if (ranges.length > 2 * KEPT_ENTRIES && entries * 16 < ranges.length) {
            resize(ranges.length / 2);
        }
    }

    synchronized long size() {
        return nextSeq - firstSeq;
    }

    private void resize(int longs) {
        long[] resized = new long[longs];
        for (long seq = firstSeq; seq < nextSeq; seq++) {
            resized[slot(resized, seq)] = ranges[slot(ranges, seq)];
            resized[slot(resized, seq) + 1] = ranges[slot(ranges, seq) + 1];
        }
        ranges = resized;
    }

    private static int slot(long[] array, long seq) {
        return (int) (seq << 1) & array.length - 1;
    }
}
