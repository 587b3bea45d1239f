package dev.farshore.coordinator.retention;

import dev.farshore.coordinator.lag.Lag;

/**
 * How far a site's image is from being overtaken by the log's end of life: from needing an event
 * that is not in the log any more.
 *
 * @param seconds until the oldest event that the site needs is as old as the log keeps events;
 *     infinite where the log keeps all, or nothing is needed
 * @param share of what the log keeps, by time or bytes, whichever is less: 1 for nothing needed, 0
 *     or less for overtaken
 */
public record Headroom(State state, double seconds, double share) {

    /** In words. */
    public enum State {
        /** There is time. */
        OK,
        /** Less than the configured share is left. */
        LOW,
        /** What the site needs is not in the log any more: it needs a seed. */
        OVERTAKEN
    }

    /** Nothing is needed, or nothing goes. */
    public static final Headroom ENDLESS = new Headroom(State.OK, Double.POSITIVE_INFINITY, 1);

    private static final double MILLIS_PER_SECOND = 1e3;

    /**
     * Judges one site's image of one volume.
     *
     * <p>What counts first is where the log begins: records may have been deleted otherwise than by
     * age and size. In a partition of several volumes an event that the site needs may lie anywhere
     * behind the last one that it has: it is gone for certain where fewer records are left than the
     * volume lacks events, or they are older than the log keeps them, and is warned of where the
     * site has not looked at some that are gone.
     *
     * <p>The broker deletes whole segments that are not written to any more, so events may live
     * longer than this says, not shorter.
     *
     * @param lag of the image
     * @param neededOffset behind the newest event that the image has hardened
     * @param unseenOffset behind the newest record of the partition that the site has looked at
     * @param isAlone whether the partition has no other volume: whatever is gone was this one's
     * @param warnBelow share of what the log keeps
     */
    static Headroom of(
            PartitionLog log,
            Lag lag,
            long neededOffset,
            long unseenOffset,
            boolean isAlone,
            double warnBelow) {
        if (lag.events() == 0) {
            return ENDLESS;
        }
        double seconds = Double.POSITIVE_INFINITY;
        double share = 1;
        if (log.retentionMillis() > 0) {
            double keptSeconds = log.retentionMillis() / MILLIS_PER_SECOND;
            seconds = keptSeconds - lag.seconds();
            share = seconds / keptSeconds;
        }
        if (log.retentionBytes() > 0) {
            share = Math.min(share, 1 - log.bytesFrom(neededOffset) / log.retentionBytes());
        }
        boolean mayBeGone = log.beginOffset() > Math.max(neededOffset, unseenOffset);
        if (mayBeGone) {
            // Whether what is gone was this volume's or another's, nobody can tell any more.
            share = Math.min(share, 0);
            seconds = 0;
        }
        boolean isGone =
                log.beginOffset() > neededOffset
                        && (isAlone || share < 0 || lag.events() > log.records());
        State state =
                isGone ? State.OVERTAKEN : mayBeGone || share < warnBelow ? State.LOW : State.OK;
        return new Headroom(state, isGone ? 0 : seconds, isGone ? 0 : share);
    }
}
