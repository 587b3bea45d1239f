package dev.farshore.coordinator.lag;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * When the newest events of a volume were captured, in bounded memory.
 *
 * <p>Exact while at most {@code maxEntries} events are not hardened somewhere. Beyond that every
 * second entry is dropped, again and again, so that old entries get sparse while new ones stay
 * dense. A dropped event is then taken for the kept one before it: the age of an event is never
 * understated, and overstated by at most the distance of two kept entries.
 *
 * <p>Not thread-safe.
 */
final class CaptureTimes {
    private static final int FIRST_ENTRIES = 64;

    private final int maxEntries;
    private final LongSupplier neededFromSeq;
    private long[] seqs = new long[FIRST_ENTRIES];
    private long[] captureMicros = new long[FIRST_ENTRIES];
    private int entries;

    /**
     * @param neededFromSeq asked when room is needed: entries of earlier events may go
     */
    CaptureTimes(int maxEntries, LongSupplier neededFromSeq) {
        if (maxEntries < 2) {
            throw new IllegalArgumentException("maxEntries must be at least 2, is " + maxEntries);
        }
        this.maxEntries = maxEntries;
        this.neededFromSeq = neededFromSeq;
    }

    /**
     * @param seq higher than all before
     */
    void add(long seq, long captureMicros) {
        if (entries == Math.min(seqs.length, maxEntries)) {
            makeRoom();
        }
        seqs[entries] = seq;
        this.captureMicros[entries] = captureMicros;
        entries++;
    }

    /** Forgets {@code seq} and all after it. */
    void truncate(long seq) {
        int index = Arrays.binarySearch(seqs, 0, entries, seq);
        entries = index < 0 ? -index - 1 : index;
    }

    /**
     * When {@code seq} was captured, or the kept event before it. For an event before all that are
     * kept, the oldest kept: its age is then a lower bound.
     *
     * @return microseconds since 1970; {@code Long.MAX_VALUE} for an event newer than all
     */
    long captureMicrosOf(long seq) {
        if (entries == 0 || seq > seqs[entries - 1]) {
            return Long.MAX_VALUE;
        }
        int index = Arrays.binarySearch(seqs, 0, entries, seq);
        int atOrBefore = index < 0 ? -index - 2 : index;
        return captureMicros[Math.max(0, atOrBefore)];
    }

    int size() {
        return entries;
    }

    private void makeRoom() {
        drop(neededFromSeq.getAsLong());
        // Half full is room enough: dropping then costs a constant per event.
        if (entries <= seqs.length / 2) {
            return;
        }
        if (seqs.length < maxEntries) {
            int length = Math.min(seqs.length * 2, maxEntries);
            seqs = Arrays.copyOf(seqs, length);
            captureMicros = Arrays.copyOf(captureMicros, length);
        } else {
            thinOut();
        }
    }

    private void drop(long fromSeq) {
        int index = Arrays.binarySearch(seqs, 0, entries, fromSeq);
        // Where the needed one was thinned out, the one before it stands for it.
        int first = index < 0 ? Math.max(0, -index - 2) : index;
        System.arraycopy(seqs, first, seqs, 0, entries - first);
        System.arraycopy(captureMicros, first, captureMicros, 0, entries - first);
        entries -= first;
    }

    private void thinOut() {
        int kept = 0;
        for (int i = 0; i < entries; i += 2) {
            seqs[kept] = seqs[i];
            captureMicros[kept] = captureMicros[i];
            kept++;
        }
        entries = kept;
    }
}
