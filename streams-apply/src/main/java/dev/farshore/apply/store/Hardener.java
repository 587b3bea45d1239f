package dev.farshore.apply.store;

import dev.farshore.apply.image.Image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Waits for disks, so that the threads that apply need not. Few threads: a disk has one queue.
 *
 * <p>Threading: any thread.
 */
public final class Hardener implements Executor, AutoCloseable {
    private final ExecutorService threads;

    public Hardener(int threadCount) {
        this(
                Executors.newFixedThreadPool(
                        threadCount, Thread.ofPlatform().name("harden-", 0).daemon().factory()));
    }

    Hardener(ExecutorService threads) {
        this.threads = threads;
    }

    /** Hardens what is applied at the time of the call, or more. */
    CompletableFuture<Void> harden(Image image) {
        return run(image::harden);
    }

    /** Hardens, and says that the image is clean unless something was applied meanwhile. */
    CompletableFuture<Void> settle(Image image, long settledSeq) {
        return run(() -> image.settle(settledSeq));
    }

    private interface DiskWork {
        void run() throws IOException;
    }

    private CompletableFuture<Void> run(DiskWork work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                threads);
    }

    /** Runs something else that waits for the disk. */
    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @Override
    public void close() {
        threads.close();
    }
}
