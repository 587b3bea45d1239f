package dev.farshore.capture.journal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Lets any number of callers share one {@link StableStorage#force()}: those that come while one is
 * under way wait for the next, and all of them are answered by that one.
 *
 * <p>A waiter is answered by a force that began after it came, never by one already under way: that
 * one may have looked at the storage before the waiter's writes were in it.
 *
 * <p>Threading: any thread; nothing blocks the caller. At most one force runs at a time, on the
 * executor. Give it platform threads: a force is a blocking system call, which holds on to the
 * carrier of a virtual thread.
 */
public final class GroupCommit {
    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

    /** Told once, on the executor's thread; must not block. */
    @FunctionalInterface
    public interface Waiter {
        /**
         * @param error why what was accepted may not be stable; null when it is
         */
        void complete(@Nullable IOException error);
    }

    private final StableStorage storage;
    private final Executor executor;

    /** Those the next force answers; guarded by this. */
    private List<Waiter> waiting = new ArrayList<>();

    /** Whether a round is queued or running; guarded by this. */
    private boolean isRunning;

    public GroupCommit(StableStorage storage, Executor executor) {
        this.storage = storage;
        this.executor = executor;
    }

    /** Answers {@code waiter} once everything accepted before this call is stable. */
    public void whenStable(Waiter waiter) {
        synchronized (this) {
            waiting.add(waiter);
            if (isRunning) {
                return;
            }
            isRunning = true;
        }
        startRound();
    }

    private void startRound() {
        try {
            executor.execute(this::runRound);
        } catch (RejectedExecutionException e) {
            List<Waiter> refused;
            synchronized (this) {
                isRunning = false;
                refused = takeWaiting();
            }
            answer(refused, new IOException("stopped: no more writes are made stable", e));
        }
    }

    private void runRound() {
        List<Waiter> round;
        synchronized (this) {
            round = takeWaiting();
        }
        answer(round, force());
        synchronized (this) {
            if (waiting.isEmpty()) {
                isRunning = false;
                return;
            }
        }
        // Queued again instead of looped, so that volumes which share threads take turns.
        startRound();
    }

    private @Nullable IOException force() {
        try {
            storage.force();
            return null;
        } catch (IOException e) {
            return e;
        } catch (RuntimeException | Error e) {
            return new IOException("forcing to stable storage failed: " + e, e);
        }
    }

    private List<Waiter> takeWaiting() {
        List<Waiter> taken = waiting;
        waiting = new ArrayList<>(taken.size());
        return taken;
    }

    private static void answer(List<Waiter> waiters, @Nullable IOException error) {
        for (Waiter waiter : waiters) {
            try {
                waiter.complete(error);
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("a waiter for stable storage failed; others go on");
            }
        }
    }
}
