package dev.farshore.apply.topology;

/**
 * How this node serves a volume to its clients, for its progress reports. Threading: any thread.
 */
@FunctionalInterface
public interface ServingStatus {
    /** NBD URI under which this node serves a volume. */
    String endpoint(String vvol);

    /**
     * Why this node does not take writes of a volume that its site owns; empty if it does, or the
     * site does not own it.
     */
    default String notServed(String vvol) {
        return "";
    }

    /**
     * Which acknowledged writes the volume's journal here has lost, or may have, by what was found
     * since the node's start; empty if none.
     */
    default String journalLoss(String vvol) {
        return "";
    }

    /** Connections that have a volume open to write. */
    default int clients(String vvol) {
        return 0;
    }

    /** Where this node answers HTTP; empty if it does not. */
    default String httpUrl() {
        return "";
    }

    /**
     * How often other nodes of the site have claimed a volume since this node started. A node that
     * was silent for too long may claim it once more before it notices; the node that keeps it must
     * then have the last word.
     */
    default long claimsOfOthers(String vvol) {
        return 0;
    }

    /** How its writes are slowed. */
    default Throttle throttle(String vvol) {
        return Throttle.NONE;
    }

    /** What of it is only here, and since when it is written here, or not. */
    default Writing writing(String vvol) {
        return Writing.NONE;
    }

    /**
     * What a node that writes a volume alone knows. Microseconds are since 1970 by its clock.
     *
     * @param unpublishedEvents acknowledged, and not in the log yet; -1 where that is not known
     * @param unpublishedBytes likewise
     * @param unpublishedMicros age of the oldest of them
     * @param heldSinceMicros when it last began to hold writes for a hand-over; 0 for never
     * @param writableSinceMicros when it last began to take writes; 0 for never
     * @param writableEpoch in which epoch that was
     */
    record Writing(
            long unpublishedEvents,
            long unpublishedBytes,
            long unpublishedMicros,
            long heldSinceMicros,
            long writableSinceMicros,
            int writableEpoch) {
        public static final Writing NONE = new Writing(-1, -1, 0, 0, 0, 0);

        private static final long SMALL_BYTES = 65_536;
        private static final long LONG_MICROS = 1_000_000;

        /**
         * What is worth a report of its own. Every write is unpublished for a moment, and the
         * report of its hardening says that it no longer is. So only large or lasting backlogs
         * count.
         */
        Writing news() {
            return new Writing(
                    Long.signum(unpublishedEvents + 1),
                    Long.SIZE - Long.numberOfLeadingZeros(unpublishedBytes / SMALL_BYTES),
                    Long.signum(unpublishedMicros / LONG_MICROS),
                    heldSinceMicros,
                    writableSinceMicros,
                    writableEpoch);
        }
    }

    /** Progress of the seed that this node makes of it. */
    default Seed seed(String vvol) {
        return Seed.NONE;
    }

    /**
     * Progress of a seed. Changes at most once a second, as each change is reported.
     *
     * @param doneBytes of the source
     * @param totalBytes what the source has allocated; 0 while that is not known
     * @param problem why it does not go on; empty if it does
     */
    record Seed(long doneBytes, long totalBytes, String problem) {
        public static final Seed NONE = new Seed(0, 0, "");
    }

    /**
     * A limit and its effect. Changes at most once a second, as each change is reported.
     *
     * @param bytesPerSecond limit; 0 for none
     * @param writesPerSecond likewise
     * @param writtenBytesPerSecond what clients write
     * @param writtenPerSecond writes of that
     * @param heldWrites whose replies were held back, since the node's start
     * @param heldMicros for how long, added up
     */
    record Throttle(
            long bytesPerSecond,
            long writesPerSecond,
            long writtenBytesPerSecond,
            long writtenPerSecond,
            long heldWrites,
            long heldMicros) {
        public static final Throttle NONE = new Throttle(0, 0, 0, 0, 0, 0);
    }
}
