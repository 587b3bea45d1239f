package dev.farshore.capture.journal;

/**
 * Position of every entry held, by seq. It grows with the most entries ever held at once, up to a
 * fixed number.
 *
 * <p>Threading: one writer; any readers, of seqs that were published to them after {@link #put}. A
 * reader that asks for a seq released meanwhile may get another entry's position: it finds out by
 * looking at the oldest seq held afterwards.
 */
final class SeqIndex {
    private static final int INITIAL_ENTRIES = 1024;

    private final int maxEntries;
    private volatile long[] positions;

    SeqIndex(long maxEntries) {
        this.maxEntries = Integer.highestOneBit((int) Math.clamp(maxEntries, 16, 1 << 28));
        this.positions = new long[Math.min(INITIAL_ENTRIES, this.maxEntries)];
    }

    /** Most entries there can be at once. */
    int maxEntries() {
        return maxEntries;
    }

    /**
     * @param firstSeq oldest entry that must be kept
     */
    void put(long firstSeq, long seq, long position) {
        long[] array = positions;
        if (seq - firstSeq >= array.length) {
            array = grown(array, firstSeq, seq);
        }
        array[slot(array, seq)] = position;
    }

    private long[] grown(long[] old, long firstSeq, long seq) {
        if (old.length >= maxEntries) {
            throw new IllegalStateException("more than %d entries".formatted(maxEntries));
        }
        long[] array = new long[old.length * 2];
        for (long kept = firstSeq; kept < seq; kept++) {
            array[slot(array, kept)] = old[slot(old, kept)];
        }
        positions = array;
        return array;
    }

    long get(long seq) {
        long[] array = positions;
        return array[slot(array, seq)];
    }

    private static int slot(long[] array, long seq) {
        return (int) seq & (array.length - 1);
    }
}
