package dev.farshore.cli.bench.apply;

/**
 * What lies in the log before a site begins to apply it: writes of one size at random places.
 *
 * @param vvols written in turn, spread over the partitions
 * @param payloadBytes of each write
 * @param events writes of all volumes together
 * @param volumeBytes size of each volume
 */
record Backlog(int vvols, int payloadBytes, int events, long volumeBytes) {
    static final int MIB = 1 << 20;

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

    /** Seq of the last event of a volume: its opening is the first. */
    long lastSeq(int index) {
        return 1 + events / vvols + (index < events % vvols ? 1 : 0);
    }
}
