package dev.farshore.coordinator.lag;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * When the newest events of a volume were captured, in bounded memory.
 *
 * <p>Exact while at most {@code maxEntries} events are not hardened somewhere. With a longer
 * backlog only every {@code stride}-th event is kept, and the stride doubles and halves with the
 * backlog. An event that was not kept is taken for the kept one before it: its age is never
 * understated, and overstated by less than a stride, a few {@code maxEntries}-ths of the backlog.
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
    private long newestSeq;
    private long stride = 1;

    /**
     * @param neededFromSeq asked now and then: entries of earlier events may go
     */
    CaptureTimes(int maxEntries, LongSupplier neededFromSeq) {
        if (maxEntries < FIRST_ENTRIES) {
            throw new IllegalArgumentException(
                    "maxEntries must be at least %d, is %d".formatted(FIRST_ENTRIES, maxEntries));
        }
        this.maxEntries = maxEntries;
        this.neededFromSeq = neededFromSeq;
    }

    /**
     * @param seq higher than all before
     */
    void add(long seq, long captureMicros) {
        newestSeq = seq;
        if (stride > 1) {
            shortenStride(seq);
        }
        if (entries > 0 && seq - seqs[entries - 1] < stride) {
            return;
        }
        if (entries == seqs.length) {
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
        newestSeq = Math.min(newestSeq, seq - 1);
    }

    /**
     * When {@code seq} was captured, or the kept event before it. For an event before all that are
     * kept, the oldest kept: its age is then a lower bound.
     *
     * @return microseconds since 1970; {@code Long.MAX_VALUE} for an event newer than all
     */
    long captureMicrosOf(long seq) {
        if (entries == 0 || seq > newestSeq) {
            return Long.MAX_VALUE;
        }
        int index = Arrays.binarySearch(seqs, 0, entries, seq);
        int atOrBefore = index < 0 ? -index - 2 : index;
        return captureMicros[Math.max(0, atOrBefore)];
    }

    /** The oldest event that somebody may ask for. */
    long neededFromSeq() {
        return neededFromSeq.getAsLong();
    }

    int size() {
        return entries;
    }

    /** Once the backlog would fit at a shorter stride: a calm volume soon is exact again. */
    private void shortenStride(long seq) {
        long backlog = seq - neededFromSeq.getAsLong();
        while (stride > 1 && backlog < maxEntries / 2 * (stride / 2)) {
            stride /= 2;
        }
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
        // Where the needed one was not kept, the one before it stands for it.
        int first = index < 0 ? Math.max(0, -index - 2) : index;
        System.arraycopy(seqs, first, seqs, 0, entries - first);
        System.arraycopy(captureMicros, first, captureMicros, 0, entries - first);
        entries -= first;
    }

    /** Keeps the first, and then what is at least a doubled stride after the one kept before. */
    private void thinOut() {
        stride *= 2;
        int kept = 1;
        for (int i = 1; i < entries; i++) {
            if (seqs[i] - seqs[kept - 1] >= stride) {
                seqs[kept] = seqs[i];
                captureMicros[kept] = captureMicros[i];
                kept++;
            }
        }
        entries = kept;
    }
}
