package dev.farshore.apply.harden;

import dev.farshore.apply.image.Image;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What of a volume is applied and not hardened: from which offset on, and whether it is being
 * hardened.
 *
 * <p>Threading: none of its own.
 */
public final class UnhardenedEvents {
    private static final long NO_OFFSET = -1;

    // First event that no finished or running hardening covers.
    private long fromOffset = NO_OFFSET;
    // First event that the running hardening covers.
    private long runningFromOffset = NO_OFFSET;
    private volatile @Nullable CompletableFuture<Void> running;
    private boolean isUrgent;
    private long startedAtNanos;

    /**
     * @param nowNanos counts as the start of a hardening: the first is due an interval later
     */
    public UnhardenedEvents(long nowNanos) {
        startedAtNanos = nowNanos;
    }

    public void onApplied(long offset) {
        if (fromOffset == NO_OFFSET) {
            fromOffset = offset;
        }
    }

    /** Somebody waits. */
    public void makeUrgent() {
        isUrgent = true;
    }

    public boolean isRunning() {
        return running != null;
    }

    /** All that is applied was hardened by the caller. */
    public void onAllHardened() {
        fromOffset = NO_OFFSET;
        runningFromOffset = NO_OFFSET;
    }

    /** Starts over, with an image opened anew. */
    public void reset() {
        onAllHardened();
        running = null;
        isUrgent = false;
    }

    /**
     * Whether it is time to start: somebody waits, or the last hardening began an interval ago. One
     * that takes longer than the interval is followed by the next at once.
     */
    public boolean isDue(long nowNanos, long intervalNanos) {
        return running == null
                && fromOffset != NO_OFFSET
                && (isUrgent || nowNanos - startedAtNanos >= intervalNanos);
    }

    /** Starts hardening, unless that is done or still being done. */
    public void start(Image image, Hardener hardener, long nowNanos) {
        if (running == null && fromOffset != NO_OFFSET) {
            runningFromOffset = fromOffset;
            fromOffset = NO_OFFSET;
            isUrgent = false;
            startedAtNanos = nowNanos;
            running = hardener.harden(image);
        }
    }

    /**
     * Hardens, and waits a moment for it: somebody waits for the event. A disk that takes longer is
     * left to itself.
     *
     * @return why it failed, if it did
     */
    public Optional<Throwable> hardenAtOnce(Image image, Hardener hardener, long nowNanos) {
        // One that runs already does not cover the event.
        for (int i = 0; i < 2 && fromOffset != NO_OFFSET; i++) {
            start(image, hardener, nowNanos);
            CompletableFuture<Void> started = running;
            if (started == null || !hardener.awaitMoment(started)) {
                makeUrgent();
                return Optional.empty();
            }
            Optional<Throwable> failure = collect();
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    /**
     * Has the image's superblock announce more events, and waits as long as a disk may take.
     *
     * @return why nothing may be applied now; empty if it may
     */
    public Optional<Throwable> announce(Image image, Hardener hardener, long nowNanos) {
        if (running != null) {
            if (!hardener.awaitDisk(running)) {
                return Optional.of(hung(hardener));
            }
            Optional<Throwable> failure = collect();
            if (failure.isPresent()) {
                return failure;
            }
        }
        running = hardener.announce(image);
        startedAtNanos = nowNanos;
        return hardener.awaitDisk(running) ? collect() : Optional.of(hung(hardener));
    }

    private static IOException hung(Hardener hardener) {
        return new IOException(
                "the disk has not answered for %d s"
                        .formatted(hardener.diskPatience().toSeconds()));
    }

    /** Why the disk seems to hang; empty if it does not. */
    public Optional<Throwable> hung(Hardener hardener, long nowNanos) {
        return isUnfinished() && nowNanos - startedAtNanos >= hardener.diskPatience().toNanos()
                ? Optional.of(hung(hardener))
                : Optional.empty();
    }

    /** Whether the disk is still at work on the image; any thread. */
    public boolean isUnfinished() {
        CompletableFuture<Void> started = running;
        return started != null && !started.isDone();
    }

    /** Runs something when the disk is done with the image. */
    public void whenFinished(Runnable action) {
        CompletableFuture<Void> started = running;
        if (started == null) {
            action.run();
        } else {
            started.whenComplete((done, failure) -> action.run());
        }
    }

    /** Hardens what there is, and settles the image; only while nothing is running. */
    public void startSettling(Image image, Hardener hardener, long nowNanos) {
        startedAtNanos = nowNanos;
        runningFromOffset = fromOffset;
        fromOffset = NO_OFFSET;
        long settledSeq = image.beginSettling();
        running = hardener.settle(image, settledSeq);
    }

    /** Waits for the end of what is running; {@link #collect} tells how it ended. */
    public void await(Hardener hardener, long nanos) {
        CompletableFuture<Void> started = running;
        if (started != null) {
            hardener.await(started, nanos);
        }
    }

    /** Looks whether a running hardening has ended; returns why it failed, if it did. */
    public Optional<Throwable> collect() {
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
    public long firstOffset() {
        if (runningFromOffset != NO_OFFSET) {
            return runningFromOffset;
        }
        return fromOffset == NO_OFFSET ? Long.MAX_VALUE : fromOffset;
    }
}
