package dev.farshore.capture.publish;

/**
 * Where a volume's published events lie in {@code farshore.writes}, from the acknowledgement of an
 * event to that of its header: a ring over consecutive seqs. Threading: its owner's lock.
 */
final class PublishedOffsets {
    private long[] offsets = new long[1024];
    private long firstSeq;
    private long nextSeq;

    PublishedOffsets(long firstSeq) {
        this.firstSeq = firstSeq;
        this.nextSeq = firstSeq;
    }

    /** Notes the offset of the next event. */
    void add(long offset) {
        if (nextSeq - firstSeq == offsets.length) {
            grow();
        }
        offsets[slot(nextSeq)] = offset;
        nextSeq++;
    }

    long offsetOf(long seq) {
        if (seq < firstSeq || seq >= nextSeq) {
            throw new IllegalArgumentException(
                    "offset of seq %d asked, have %d to %d".formatted(seq, firstSeq, nextSeq - 1));
        }
        return offsets[slot(seq)];
    }

    void forgetUpTo(long seq) {
        firstSeq = Math.min(Math.max(firstSeq, seq + 1), nextSeq);
    }

    private int slot(long seq) {
        return (int) (seq & (offsets.length - 1));
    }

    private void grow() {
        long[] larger = new long[offsets.length * 2];
        for (long seq = firstSeq; seq < nextSeq; seq++) {
            larger[(int) (seq & (larger.length - 1))] = offsets[slot(seq)];
        }
        offsets = larger;
    }
}
