package dev.farshore.capture.publish;

import dev.farshore.nbd.BlockDevice.Completion;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Completions that wait until a volume's seq has been reached: group commit, as any number of them
 * share one step of the seq. Threading: any thread; completions are told outside the lock.
 */
public final class SeqWaiters {
    private static final Logger log = LoggerFactory.getLogger(SeqWaiters.class);

    private record Waiter(long seq, Completion done) {}

    /** Guards the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final PriorityQueue<Waiter> waiters =
            new PriorityQueue<>(Comparator.comparingLong(Waiter::seq));
    private long reachedSeq;
    private @Nullable IOException failure;

    /**
     * @param reachedSeq every seq up to this is reached already
     */
    public SeqWaiters(long reachedSeq) {
        this.reachedSeq = reachedSeq;
    }

    /** Completes {@code done} once {@code seq} is reached; at once when it is. */
    public void await(long seq, Completion done) {
        IOException failed;
        lock.lock();
        try {
            failed = failure;
            if (failed == null && seq > reachedSeq) {
                waiters.add(new Waiter(seq, done));
                return;
            }
        } finally {
            lock.unlock();
        }
        done.complete(failed);
    }

    /** Everything up to {@code seq} is reached; an earlier one than before changes nothing. */
    public void reached(long seq) {
        List<Waiter> ready = List.of();
        lock.lock();
        try {
            if (seq <= reachedSeq) {
                return;
            }
            reachedSeq = seq;
            Waiter first = waiters.peek();
            if (first != null && first.seq() <= seq) {
                ready = new ArrayList<>();
                while (first != null && first.seq() <= seq) {
                    ready.add(waiters.remove());
                    first = waiters.peek();
                }
            }
        } finally {
            lock.unlock();
        }
        ready.forEach(waiter -> tell(waiter, null));
    }

    /** Nothing more will be reached: fails those who wait and all who come. */
    public void fail(IOException reason) {
        List<Waiter> failed;
        lock.lock();
        try {
            failure = reason;
            failed = new ArrayList<>(waiters);
            waiters.clear();
        } finally {
            lock.unlock();
        }
        failed.forEach(waiter -> tell(waiter, reason));
    }

    /** A completion that throws keeps no other from being told. */
    private static void tell(Waiter waiter, @Nullable IOException outcome) {
        try {
            waiter.done().complete(outcome);
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("seq", waiter.seq())
                    .setCause(e)
                    .log("a reply failed that waited for an event");
        }
    }
}
