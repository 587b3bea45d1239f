package dev.farshore.bench.apply;

/**
 * What lies in the log before a site begins to apply it: writes of one size at random places of
 * volumes in use, which have been written all over before.
 *
 * @param vvols written in turn, spread over the partitions
 * @param payloadBytes of each write
 * @param events writes of all volumes together
 * @param volumeBytes size of each volume, a multiple of {@link #FILL_BYTES}
 */
record Backlog(int vvols, int payloadBytes, int events, long volumeBytes) {
    static final int MIB = 1 << 20;

    /** A volume is filled by writes of this size. */
    static final int FILL_BYTES = 1 << 17;

    /**
     * @param totalBytes payload of all writes together
     */
    static Backlog of(int vvols, int payloadBytes, long totalBytes, long volumeBytes) {
        return new Backlog(
                vvols, payloadBytes, Math.toIntExact(totalBytes / payloadBytes), volumeBytes);
    }

    String vvol(int index) {
        return "bench-%04d".formatted(index);
    }

    long payloadBytesTotal() {
        return (long) events * payloadBytes;
    }

    /** Seq of a volume's last event before the backlog: it is opened and filled. */
    long filledSeq() {
        return 1 + volumeBytes / FILL_BYTES;
    }

    /** Seq of the last event of a volume. */
    long lastSeq(int index) {
        return filledSeq() + events / vvols + (index < events % vvols ? 1 : 0);
    }
}
