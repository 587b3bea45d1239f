package dev.farshore.testkit.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * Times in which writes or flushes were in flight and none was answered: what a guest notices of a
 * hand-over. Reads do not count: they go on while writes are held.
 *
 * <p>Threading: guarded by its owner.
 */
final class StallTracker {
    /** Shorter ones are ordinary latency. */
    private static final long MIN_NS = 10_000_000;

    private static final int MAX_KEPT = 100_000;

    private record Stall(long fromNs, long toNs) {}

    private final List<Stall> stalls = new ArrayList<>();
    private int inFlight;

    /** The last answer, or the first request after all had been answered. */
    private long sinceNs;

    void sent(long nowNs) {
        if (inFlight++ == 0) {
            sinceNs = nowNs;
        }
    }

    void completed(long nowNs) {
        inFlight--;
        if (nowNs - sinceNs >= MIN_NS && stalls.size() < MAX_KEPT) {
            stalls.add(new Stall(sinceNs, nowNs));
        }
        sinceNs = nowNs;
    }

    /** Longest of those that overlap a span; 0 if none of at least 10 ms does. */
    long longestNs(long fromNs, long toNs) {
        return stalls.stream()
                .filter(stall -> stall.fromNs < toNs && stall.toNs > fromNs)
                .mapToLong(stall -> stall.toNs - stall.fromNs)
                .max()
                .orElse(0);
    }
}
