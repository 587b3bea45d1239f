package dev.farshore.apply.store;

import dev.farshore.apply.image.Image;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What of a volume is applied and not hardened: from which offset on, and whether it is being
 * hardened.
 *
 * <p>Threading: none of its own.
 */
final class Unhardened {
    private static final long NO_OFFSET = Volume.NO_OFFSET;

    // First event that no finished or running hardening covers.
    private long fromOffset = NO_OFFSET;
    // First event that the running hardening covers.
    private long runningFromOffset = NO_OFFSET;
    private @Nullable CompletableFuture<Void> running;
    private boolean isUrgent;
    private long startedAtNanos;

    /**
     * @param nowNanos counts as the start of a hardening: the first is due an interval later
     */
    Unhardened(long nowNanos) {
        startedAtNanos = nowNanos;
    }

    void onApplied(long offset) {
        if (fromOffset == NO_OFFSET) {
            fromOffset = offset;
        }
    }

    /** Somebody waits. */
    void makeUrgent() {
        isUrgent = true;
    }

    boolean isRunning() {
        return running != null;
    }

    /** All that is applied was hardened by the caller. */
    void onAllHardened() {
        fromOffset = NO_OFFSET;
        runningFromOffset = NO_OFFSET;
    }

    /** Starts over, with an image opened anew. */
    void reset() {
        onAllHardened();
        running = null;
        isUrgent = false;
    }

    /**
     * Whether it is time to start: somebody waits, or the last hardening began an interval ago. One
     * that takes longer than the interval is followed by the next at once.
     */
    boolean isDue(long nowNanos, long intervalNanos) {
        return running == null
                && fromOffset != NO_OFFSET
                && (isUrgent || nowNanos - startedAtNanos >= intervalNanos);
    }

    /** Starts hardening, unless that is done or still being done. */
    void start(Image image, Hardener hardener, long nowNanos) {
        if (running == null && fromOffset != NO_OFFSET) {
            runningFromOffset = fromOffset;
            fromOffset = NO_OFFSET;
            isUrgent = false;
            startedAtNanos = nowNanos;
            running = hardener.harden(image);
        }
    }

    /** Hardens what there is, and settles the image; only while nothing is running. */
    void startSettling(Image image, Hardener hardener) {
        runningFromOffset = fromOffset;
        fromOffset = NO_OFFSET;
        long settledSeq = image.beginSettling();
        running = hardener.settle(image, settledSeq);
    }

    /** Waits for the end of what is running; {@link #collect} tells how it ended. */
    void await() {
        CompletableFuture<Void> started = running;
        if (started != null) {
            started.exceptionally(failure -> null).join();
        }
    }

    /** Looks whether a running hardening has ended; returns why it failed, if it did. */
    Optional<Throwable> collect() {
        CompletableFuture<Void> ended = running;
        if (ended == null || !ended.isDone()) {
            return Optional.empty();
        }
        running = null;
        runningFromOffset = NO_OFFSET;
        try {
            ended.join();
            return Optional.empty();
        } catch (CompletionException e) {
            return Optional.of(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Offset of the first event that is applied and not hardened; MAX_VALUE if there is none. */
    long firstOffset() {
        if (runningFromOffset != NO_OFFSET) {
            return runningFromOffset;
        }
        return fromOffset == NO_OFFSET ? Long.MAX_VALUE : fromOffset;
    }
}
