package dev.farshore.capture.publish;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Who has something to send, in the order of asking. Threading: any thread adds and hurries, one
 * takes.
 */
final class SendQueue<T> {
    /**
     * An event that is sent alone keeps the broker busy when the FLUSH behind it comes, and costs
     * as much as many together. So it waits this long for others, or until somebody is in a hurry.
     */
    private static final Duration LINGER = Duration.ofNanos(100_000);

    private final LinkedBlockingQueue<T> ready = new LinkedBlockingQueue<>();
    private final AtomicLong lingers = new AtomicLong();
    private volatile @Nullable Thread lingering;
    private volatile boolean hurried;

    void add(T sender) {
        ready.add(sender);
    }

    /** Somebody waits for the newest event of a sender that was added. */
    void hurry() {
        hurried = true;
        LockSupport.unpark(lingering);
    }

    /**
     * Takes the next one. If that is the only one, waits a little for more to come.
     *
     * @param patience how long to wait for one
     * @param hasBacklog whether there is enough to send already
     * @return null if none came
     */
    @Nullable T next(Duration patience, boolean hasBacklog) throws InterruptedException {
        T sender = ready.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (sender != null && !hasBacklog && ready.isEmpty()) {
            lingerUnlessHurried();
        }
        return sender;
    }

    private void lingerUnlessHurried() {
        lingers.incrementAndGet();
        lingering = Thread.currentThread();
        long endNanos = System.nanoTime() + LINGER.toNanos();
        long leftNanos = LINGER.toNanos();
        while (!hurried && leftNanos > 0) {
            LockSupport.parkNanos(this, leftNanos);
            leftNanos = endNanos - System.nanoTime();
        }
        lingering = null;
        // What somebody hurries for was added before; from here on all of that is sent.
        hurried = false;
    }

    /** How often it has waited for more to come. */
    long lingers() {
        return lingers.get();
    }
}
