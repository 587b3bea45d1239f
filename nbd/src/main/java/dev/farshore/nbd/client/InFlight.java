package dev.farshore.nbd.client;

import dev.farshore.nbd.BlockDevice;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The requests a connection waits for, in a fixed number of slots. A cookie is a slot and the count
 * of its uses, so that an answer to nothing in flight is noticed.
 *
 * <p>Threading: any thread. {@code lock} guards everything.
 */
final class InFlight {
    private static final int SLOT_BITS = 16;

    /** A request and who waits for it. */
    record Pending(Command command, BlockDevice.Completion done) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final @Nullable Pending[] requests;
    private final long[] uses;
    private final int[] free;
    private int freeCount;
    private @Nullable ConnectionLostException ended;

    InFlight(int slots) {
        if (slots < 1 || slots >= 1 << SLOT_BITS) {
            throw new IllegalArgumentException("requests in flight: " + slots);
        }
        requests = new Pending[slots];
        uses = new long[slots];
        free = new int[slots];
        for (int slot = 0; slot < slots; slot++) {
            free[slot] = slots - 1 - slot;
        }
        freeCount = slots;
    }

    /**
     * Waits for a slot and puts the request there.
     *
     * @return its cookie
     * @throws ConnectionLostException if the connection has ended: the request was not sent
     */
    long add(Pending request) throws ConnectionLostException {
        lock.lock();
        try {
            while (freeCount == 0 && ended == null) {
                changed.awaitUninterruptibly();
            }
            if (ended != null) {
                throw new ConnectionLostException("not sent: " + ended.getMessage(), ended);
            }
            int slot = free[--freeCount];
            requests[slot] = request;
            return ++uses[slot] << SLOT_BITS | slot;
        } finally {
            lock.unlock();
        }
    }

    /** The request of a cookie, still in flight; null if there is none. */
    @Nullable Pending find(long cookie) {
        lock.lock();
        try {
            int slot = (int) (cookie & (1 << SLOT_BITS) - 1);
            boolean known = slot < uses.length && uses[slot] == cookie >>> SLOT_BITS;
            return known ? requests[slot] : null;
        } finally {
            lock.unlock();
        }
    }

    /** Frees the slot of a cookie that {@link #find} knew. */
    void remove(long cookie) {
        lock.lock();
        try {
            int slot = (int) (cookie & (1 << SLOT_BITS) - 1);
            if (requests[slot] != null) {
                requests[slot] = null;
                free[freeCount++] = slot;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets nothing in any more. What is in flight stays until {@link #takeAll}. */
    void end(ConnectionLostException why) {
        lock.lock();
        try {
            if (ended == null) {
                ended = why;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Removes and returns what is in flight, after the end. */
    List<Pending> takeAll() {
        lock.lock();
        try {
            List<Pending> lost = new ArrayList<>();
            for (int slot = 0; slot < requests.length; slot++) {
                Pending request = requests[slot];
                if (request != null) {
                    lost.add(request);
                    requests[slot] = null;
                    free[freeCount++] = slot;
                }
            }
            changed.signalAll();
            return lost;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is in flight; false if that took longer. */
    boolean awaitEmpty(long timeoutNs) {
        lock.lock();
        try {
            long leftNs = timeoutNs;
            while (freeCount < requests.length) {
                if (leftNs <= 0) {
                    return false;
                }
                leftNs = changed.awaitNanos(leftNs);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Nullable ConnectionLostException ended() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }
}
