package dev.farshore.capture.read;

import java.util.Arrays;

/**
 * Where to find the pieces of a range, in order and without holes.
 *
 * <p>Threading: belongs to one reader.
 */
public final class ReadPlan {

    /** Where a piece's newest data is. */
    public enum Source {
        /** In the image: no event covers it. */
        IMAGE,
        /** In the journal, in the entry {@link #seq}. */
        JOURNAL,
        /** Nowhere: it reads as zeroes. */
        ZEROES
    }

    /** Most reads find all they want in one place. */
    private static final int INITIAL_PIECES = 2;

    private final long offset;
    private long[] ends = new long[INITIAL_PIECES];
    private long[] coverages = new long[INITIAL_PIECES];
    private int size;

    ReadPlan(long offset) {
        this.offset = offset;
    }

    /** Continues to {@code end}; next to a piece with the same source it makes that one longer. */
    void add(long end, long coverage) {
        long source = Coverage.withSectors(coverage, 0);
        if (Coverage.isZeroes(coverage)) {
            source = Coverage.of(1, true);
        }
        if (size > 0 && coverages[size - 1] == source) {
            ends[size - 1] = end;
            return;
        }
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, size * 2);
            coverages = Arrays.copyOf(coverages, size * 2);
        }
        ends[size] = end;
        coverages[size] = source;
        size++;
    }

    /** Takes back what was added from {@code end} on, which is in or at the end of some piece. */
    void cutTo(long end) {
        while (size > 0 && start(size - 1) >= end) {
            size--;
        }
        if (size > 0) {
            ends[size - 1] = Math.min(ends[size - 1], end);
        }
    }

    /** Number of pieces. */
    public int size() {
        return size;
    }

    /** First byte of a piece, in the volume. */
    public long start(int piece) {
        return piece == 0 ? offset : ends[piece - 1];
    }

    /** End of a piece, in the volume. */
    public long end(int piece) {
        return ends[piece];
    }

    public int bytes(int piece) {
        return Math.toIntExact(end(piece) - start(piece));
    }

    public Source source(int piece) {
        long coverage = coverages[piece];
        if (coverage == Coverage.NONE) {
            return Source.IMAGE;
        }
        return Coverage.isZeroes(coverage) ? Source.ZEROES : Source.JOURNAL;
    }

    /** The entry that has a piece whose source is the journal. */
    public long seq(int piece) {
        return Coverage.seq(coverages[piece]);
    }

    /** Whether all of it is in the image. */
    public boolean isAllImage() {
        return size == 0 || size == 1 && coverages[0] == Coverage.NONE;
    }
}
