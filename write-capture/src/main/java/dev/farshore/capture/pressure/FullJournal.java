package dev.farshore.capture.pressure;

import org.jspecify.annotations.Nullable;

/**
 * When and how long the writes of a volume wait because its journal is full. Under a steady
 * overload the journal has room now and then: all of that is one episode, which ends when no write
 * had to wait for {@value #CALM_NANOS} ns.
 *
 * <p>Threading: any thread; times are handed in, and come from one clock that never goes back.
 */
public final class FullJournal {
    static final long CALM_NANOS = 1_000_000_000;

    private long times;
    private long waitedNanos;
    private boolean isWaiting;
    private long waitingSinceNanos;
    private boolean isEpisode;
    private boolean isEpisodeTold;
    private long episodeSinceNanos;
    private long episodeWaitedNanos;
    private long lastRoomNanos;

    /** What is reported of an episode. */
    public sealed interface News {
        /** Writes have begun to wait. */
        record Began() implements News {}

        /**
         * No write waits any more.
         *
         * @param lastedNanos from the first write that waited until the last was let in
         * @param waitedNanos of that, how long at least one write waited
         */
        record Ended(long lastedNanos, long waitedNanos) implements News {}
    }

    /** A write found no room. */
    public synchronized void noRoom(long nowNanos) {
        if (isWaiting) {
            return;
        }
        isWaiting = true;
        waitingSinceNanos = nowNanos;
        if (!isEpisode) {
            isEpisode = true;
            isEpisodeTold = false;
            episodeSinceNanos = nowNanos;
            episodeWaitedNanos = 0;
            times++;
        }
    }

    /** A write that had found no room went in. */
    public synchronized void room(long nowNanos) {
        if (isWaiting) {
            isWaiting = false;
            lastRoomNanos = nowNanos;
            waitedNanos += nowNanos - waitingSinceNanos;
            episodeWaitedNanos += nowNanos - waitingSinceNanos;
        }
    }

    /** What is to be reported now; null if nothing. Each is returned once. */
    public synchronized @Nullable News news(long nowNanos) {
        if (!isEpisode) {
            return null;
        }
        if (!isEpisodeTold) {
            isEpisodeTold = true;
            return new News.Began();
        }
        if (isWaiting || nowNanos - lastRoomNanos < CALM_NANOS) {
            return null;
        }
        isEpisode = false;
        return new News.Ended(lastRoomNanos - episodeSinceNanos, episodeWaitedNanos);
    }

    /** Whether a write waits. */
    public synchronized boolean isWaiting() {
        return isWaiting;
    }

    /** How many episodes there were. */
    public synchronized long times() {
        return times;
    }

    /** How long at least one write waited, in all. */
    public synchronized long waitedNanos(long nowNanos) {
        return waitedNanos + (isWaiting ? nowNanos - waitingSinceNanos : 0);
    }
}
