package dev.farshore.apply.repair;

import dev.farshore.apply.store.ImageStore;
import dev.farshore.apply.store.StoreListener;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A thread that reads the log for the open stores of a node, beside the one that Kafka Streams
 * reads with: whenever a store wants it, and at intervals, as a standby without records wants
 * nothing.
 *
 * <p>Threading: a thread of its own runs the passes; all methods from any.
 */
public final class StoreWorker implements StoreListener, AutoCloseable {
    private final long intervalNanos;
    private final StorePass pass;
    private final Set<ImageStore> stores = ConcurrentHashMap.newKeySet();
    private final Semaphore wanted = new Semaphore(0);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /**
     * @param name of the thread
     * @param interval between two passes that nobody wants
     */
    StoreWorker(String name, Duration interval, StorePass pass) {
        this.intervalNanos = interval.toNanos();
        this.pass = pass;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    @Override
    public void onOpened(ImageStore store) {
        stores.add(store);
        if (pass.isWantedAtOpening()) {
            onLogWanted();
        }
    }

    @Override
    public void onClosed(ImageStore store) {
        stores.remove(store);
    }

    @Override
    public void onLogWanted() {
        if (wanted.availablePermits() == 0) {
            wanted.release();
        }
    }

    /** Those that are open; changes while they are looked at. */
    Set<ImageStore> stores() {
        return stores;
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void run() {
        try {
            while (!isClosed()) {
                boolean ignored = wanted.tryAcquire(intervalNanos, TimeUnit.NANOSECONDS);
                if (!isClosed()) {
                    Duration pause = pass.run(this);
                    boolean isClosing = closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the pass under way. It is not interrupted: that would close the images' files. */
    @Override
    public void close() {
        closed.countDown();
        wanted.release();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
