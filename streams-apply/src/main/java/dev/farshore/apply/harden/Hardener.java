package dev.farshore.apply.harden;

import dev.farshore.apply.image.Image;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Waits for disks, so that the applying threads need not. Each disk has a few threads of its own,
 * so a disk that hangs holds up only its own images. Callers that wait for a disk wait for a
 * bounded time.
 *
 * <p>Threading: any thread.
 */
public final class Hardener implements Executor, AutoCloseable {
    /** After this time without an answer a disk counts as hung. */
    private static final Duration DISK_PATIENCE = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(Hardener.class);

    /** A healthy disk is done by then; later results are collected at the next tick. */
    private static final Duration MOMENT = Duration.ofMillis(100);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    /**
     * Below this, hardening each image alone is faster: syncing a file system also waits for the
     * writes of others.
     */
    private static final int MIN_GROUP = 64;

    private static final long IDLE_THREAD_SECONDS = 60;

    private final Function<String, ExecutorService> newThreads;
    private final int minGroup;
    private final Duration diskPatience;
    private final boolean isManual;
    private final ExecutorService own;
    private final List<ExecutorService> pools = new CopyOnWriteArrayList<>();
    private final ConcurrentMap<String, DiskQueue> diskQueues = new ConcurrentHashMap<>();
    private volatile LongConsumer durations = nanos -> {};

    /**
     * @param threadCount for each disk
     */
    public Hardener(int threadCount) {
        this(threadCount, DISK_PATIENCE);
    }

    /**
     * @param diskPatience after which a disk that does not answer counts as hung
     */
    public Hardener(int threadCount, Duration diskPatience) {
        this.newThreads = disk -> newPool(threadCount);
        this.minGroup = MIN_GROUP;
        this.diskPatience = diskPatience;
        this.isManual = false;
        this.own = newPool(threadCount);
        pools.add(own);
    }

    /**
     * One for tests: nobody waits for it.
     *
     * @param threads for all disks
     * @param minGroup so many waiting images are hardened together
     */
    public Hardener(ExecutorService threads, int minGroup) {
        this.newThreads = disk -> threads;
        this.minGroup = minGroup;
        this.diskPatience = DISK_PATIENCE;
        this.isManual = true;
        this.own = threads;
        pools.add(threads);
    }

    private static ExecutorService newPool(int threadCount) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        threadCount,
                        threadCount,
                        IDLE_THREAD_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().name("harden-", 0).daemon().factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    public Duration diskPatience() {
        return diskPatience;
    }

    private DiskQueue queue(Image image) {
        return diskQueues.computeIfAbsent(
                image.disk(),
                disk -> {
                    ExecutorService threads = newThreads.apply(disk);
                    pools.add(threads);
                    return new DiskQueue(threads, minGroup, this::took);
                });
    }

    /**
     * @param durationsNanos told how long each hardening of an image, or of several together, took
     *     at its disk
     */
    public void tell(LongConsumer durationsNanos) {
        durations = durationsNanos;
    }

    private void took(long nanos) {
        durations.accept(nanos);
    }

    /** The threads that wait for the disk of an image. */
    public Executor diskThreads(Image image) {
        return queue(image).threads();
    }

    /** Hardens what is applied at the time of the call, or more. */
    public CompletableFuture<Void> harden(Image image) {
        return queue(image).harden(image);
    }

    /** Hardens, and says that the image is clean unless something was applied meanwhile. */
    public CompletableFuture<Void> settle(Image image, long settledSeq) {
        return run(image, () -> image.hardening().settle(settledSeq));
    }

    /** Allows another window of events; nothing may be applied to the image before it is done. */
    public CompletableFuture<Void> announce(Image image) {
        return run(image, image.hardening()::announce);
    }

    private interface DiskWork {
        void run() throws IOException;
    }

    private CompletableFuture<Void> run(Image image, DiskWork work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                diskThreads(image));
    }

    /** Whether a test runs the disks' work: waiting for them would never end. */
    public boolean isManual() {
        return isManual;
    }

    /** Waits as long as a healthy disk takes; whether it was done by then, well or not. */
    public boolean awaitMoment(CompletableFuture<Void> work) {
        return await(work, MOMENT.toNanos());
    }

    /** Waits as long as any disk may take. */
    public boolean awaitDisk(CompletableFuture<Void> work) {
        return await(work, diskPatience.toNanos());
    }

    public boolean await(CompletableFuture<Void> work, long nanos) {
        if (isManual) {
            return work.isDone();
        }
        try {
            work.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return work.isDone();
        }
        return true;
    }

    /** Runs other work that waits for the disk of this node's own files. */
    @Override
    public void execute(Runnable task) {
        own.execute(task);
    }

    @Override
    public void close() {
        pools.forEach(ExecutorService::shutdown);
        long deadlineNanos = System.nanoTime() + CLOSE_PATIENCE.toNanos();
        try {
            for (ExecutorService pool : pools) {
                long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
                if (!pool.awaitTermination(leftNanos, TimeUnit.NANOSECONDS)) {
                    LOG.warn("A disk does not answer; what was not hardened is applied again");
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        diskQueues.values().forEach(DiskQueue::close);
    }
}
