package dev.farshore.apply.index;

import java.util.Arrays;

/** A run of extents of an {@link ExtentMap}, in order, in arrays no larger than they need be. */
final class Leaf {
    static final int MAX_EXTENTS = 512;

    private static final int MIN_CAPACITY = 4;

    int count;
    long[] starts = new long[MIN_CAPACITY];
    int[] lengths = new int[MIN_CAPACITY];
    long[] seqs = new long[MIN_CAPACITY];

    long end(int at) {
        return starts[at] + lengths[at];
    }

    /** The last extent that does not start after {@code sector}; -1 if all do. */
    int floor(long sector) {
        int found = Arrays.binarySearch(starts, 0, count, sector);
        return found >= 0 ? found : -found - 2;
    }

    void insert(int at, long start, int length, long seq) {
        if (count == starts.length) {
            resize(Math.min(MAX_EXTENTS, 2 * count));
        }
        System.arraycopy(starts, at, starts, at + 1, count - at);
        System.arraycopy(lengths, at, lengths, at + 1, count - at);
        System.arraycopy(seqs, at, seqs, at + 1, count - at);
        starts[at] = start;
        lengths[at] = length;
        seqs[at] = seq;
        count++;
    }

    void remove(int from, int until) {
        System.arraycopy(starts, until, starts, from, count - until);
        System.arraycopy(lengths, until, lengths, from, count - until);
        System.arraycopy(seqs, until, seqs, from, count - until);
        count -= until - from;
        if (count < starts.length / 4 && starts.length > MIN_CAPACITY) {
            resize(Math.max(MIN_CAPACITY, starts.length / 2));
        }
    }

    /** Moves the extents from {@code from} on into a new leaf. */
    Leaf split(int from) {
        Leaf right = new Leaf();
        right.count = count - from;
        right.starts = Arrays.copyOfRange(starts, from, from + MAX_EXTENTS);
        right.lengths = Arrays.copyOfRange(lengths, from, from + MAX_EXTENTS);
        right.seqs = Arrays.copyOfRange(seqs, from, from + MAX_EXTENTS);
        count = from;
        return right;
    }

    private void resize(int capacity) {
        starts = Arrays.copyOf(starts, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        seqs = Arrays.copyOf(seqs, capacity);
    }
}
