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

    void onApplied(long offset) {
        if (fromOffset == NO_OFFSET) {
            fromOffset = offset;
        }
    }

    /** Somebody waits. */
    void makeUrgent() {
        isUrgent = true;
    }

    boolean isUrgent() {
        return isUrgent;
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

    /** Starts hardening, unless that is done or still being done. */
    void start(Image image, Hardener hardener) {
        if (running == null && fromOffset != NO_OFFSET) {
            runningFromOffset = fromOffset;
            fromOffset = NO_OFFSET;
            isUrgent = false;
            running = hardener.harden(image);
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
