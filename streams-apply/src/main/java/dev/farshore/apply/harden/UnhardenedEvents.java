package dev.farshore.apply.harden;

import dev.farshore.apply.image.Image;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;

/**
 * The events of one image that are applied and not hardened: from which offset on, and whether they
 * are being hardened.
 *
 * <p>Threading: the applying thread; {@link #isDiskAtWork} any.
 */
public final class UnhardenedEvents {
    private static final long NO_OFFSET = -1;

    private final Hardener hardener;
    private final LongSupplier nanoClock;

    // First event that no finished or running hardening covers.
    private long fromOffset = NO_OFFSET;
    // First event that the running hardening covers.
    private long runningFromOffset = NO_OFFSET;
    private volatile @Nullable CompletableFuture<Void> running;
    private boolean isUrgent;
    private long startedAtNanos;

    /**
     * @param nanoClock its first reading counts as the start of a hardening: the first is due an
     *     interval later
     */
    public UnhardenedEvents(Hardener hardener, LongSupplier nanoClock) {
        this.hardener = hardener;
        this.nanoClock = nanoClock;
        this.startedAtNanos = nanoClock.getAsLong();
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

    /** Starts over, with an image opened anew. */
    public void reset() {
        fromOffset = NO_OFFSET;
        runningFromOffset = NO_OFFSET;
        running = null;
        isUrgent = false;
    }

    /** Offset of the first event that is applied and not hardened; MAX_VALUE if there is none. */
    public long firstOffset() {
        if (runningFromOffset != NO_OFFSET) {
            return runningFromOffset;
        }
        return fromOffset == NO_OFFSET ? Long.MAX_VALUE : fromOffset;
    }

    // ---- starting ----

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
    public void start(Image image, long nowNanos) {
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
    public Optional<Throwable> hardenAtOnce(Image image) {
        // One that runs already does not cover the event.
        for (int i = 0; i < 2 && fromOffset != NO_OFFSET; i++) {
            start(image, nanoClock.getAsLong());
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
    public Optional<Throwable> announce(Image image) {
        if (hardener.isManual()) {
            return Optional.empty(); // the image announces by itself
        }
        CompletableFuture<Void> before = running;
        if (before != null) {
            if (!hardener.awaitDisk(before)) {
                return Optional.of(diskTimeout());
            }
            Optional<Throwable> failure = collect();
            if (failure.isPresent()) {
                return failure;
            }
        }
        CompletableFuture<Void> announcing = hardener.announce(image);
        running = announcing;
        startedAtNanos = nanoClock.getAsLong();
        return hardener.awaitDisk(announcing) ? collect() : Optional.of(diskTimeout());
    }

    /** Hardens what there is, and settles the image; only while nothing is running. */
    public void startSettling(Image image, long nowNanos) {
        startedAtNanos = nowNanos;
        runningFromOffset = fromOffset;
        fromOffset = NO_OFFSET;
        long settledSeq = image.hardening().beginSettling();
        running = hardener.settle(image, settledSeq);
    }

    // ---- ending ----

    /** Looks whether what was running has ended; returns why it failed, if it did. */
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

    /** Why the disk seems to hang; empty if it does not. */
    public Optional<Throwable> hung(long nowNanos) {
        return isUnfinished() && nowNanos - startedAtNanos >= hardener.diskPatience().toNanos()
                ? Optional.of(diskTimeout())
                : Optional.empty();
    }

    private IOException diskTimeout() {
        return new IOException(
                "the disk has not answered for %d s"
                        .formatted(hardener.diskPatience().toSeconds()));
    }

    private boolean isUnfinished() {
        CompletableFuture<Void> started = running;
        return started != null && !started.isDone();
    }

    /** Whether closing the image would wait for the disk. */
    public boolean isDiskAtWork() {
        return isUnfinished() && !hardener.isManual();
    }

    /** Runs something when the disk is done with the image. */
    public void whenFinished(Runnable action) {
        CompletableFuture<Void> started = running;
        if (started == null || hardener.isManual()) {
            action.run();
        } else {
            started.whenComplete((done, failure) -> action.run());
        }
    }

    /** Waits for the end of what is running; {@link #collect} tells how it ended. */
    public void await(long nanos) {
        CompletableFuture<Void> started = running;
        if (started != null) {
            hardener.await(started, nanos);
        }
    }
}
