package dev.farshore.apply.store;

import dev.farshore.apply.image.FileSystemSync;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageGroup;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Waits for disks, so that the threads that apply need not. Few threads: a disk has one queue. When
 * many images wait, those of one file system are hardened together.
 *
 * <p>Threading: any thread.
 */
public final class Hardener implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Hardener.class);

    /**
     * With fewer, each image by itself is better: syncing a file system also waits for what others
     * have written to it.
     */
    private static final int MIN_GROUP = 64;

    private final ExecutorService threads;
    private final int minGroup;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    /** Guards the file systems, and lets one group be hardened at a time: the next grows. */
    private final ReentrantLock grouping = new ReentrantLock();

    private final Map<Long, Optional<FileSystemSync>> fileSystems = new HashMap<>();

    private record Request(Image image, CompletableFuture<Void> done) {}

    public Hardener(int threadCount) {
        this(
                Executors.newFixedThreadPool(
                        threadCount, Thread.ofPlatform().name("harden-", 0).daemon().factory()),
                MIN_GROUP);
    }

    /**
     * @param minGroup so many waiting images are hardened together
     */
    public Hardener(ExecutorService threads, int minGroup) {
        this.threads = threads;
        this.minGroup = minGroup;
    }

    /** Hardens what is applied at the time of the call, or more. */
    CompletableFuture<Void> harden(Image image) {
        Request request = new Request(image, new CompletableFuture<>());
        requests.add(request);
        threads.execute(this::hardenNext);
        return request.done();
    }

    private void hardenNext() {
        if (requests.size() >= minGroup) {
            hardenWaiting();
        } else {
            Request request = requests.poll();
            // None is left if a group took it.
            if (request != null) {
                hardenAlone(request);
            }
        }
    }

    private void hardenWaiting() {
        grouping.lock();
        try {
            Map<Long, List<Request>> together = new HashMap<>();
            List<Request> alone = new ArrayList<>();
            for (Request next = requests.poll(); next != null; next = requests.poll()) {
                if (next.image().fileSystem().isPresent()) {
                    together.computeIfAbsent(
                                    next.image().fileSystem().getAsLong(),
                                    fileSystem -> new ArrayList<>())
                            .add(next);
                } else {
                    alone.add(next);
                }
            }
            together.forEach(this::hardenTogether);
            alone.forEach(Hardener::hardenAlone);
        } finally {
            grouping.unlock();
        }
    }

    private void hardenTogether(long fileSystem, List<Request> group) {
        Optional<FileSystemSync> sync =
                group.size() < minGroup ? Optional.empty() : sync(fileSystem, group.getFirst());
        if (sync.isPresent()) {
            try {
                Collection<Image> failed =
                        ImageGroup.harden(group.stream().map(Request::image).toList(), sync.get());
                for (Request request : group) {
                    if (failed.contains(request.image())) {
                        hardenAlone(request);
                    } else {
                        request.done().complete(null);
                    }
                }
                return;
            } catch (IOException | RuntimeException e) {
                LOG.atWarn()
                        .addKeyValue("images", group.size())
                        .setCause(e)
                        .log("Images can't be hardened together; each is hardened by itself");
            }
        }
        group.forEach(Hardener::hardenAlone);
    }

    private Optional<FileSystemSync> sync(long fileSystem, Request any) {
        Optional<FileSystemSync> known = fileSystems.get(fileSystem);
        if (known == null) {
            try {
                known = FileSystemSync.of(any.image());
            } catch (IOException e) {
                LOG.atWarn().setCause(e).log("Images of a file system can't be hardened together");
                known = Optional.empty();
            }
            fileSystems.put(fileSystem, known);
        }
        return known;
    }

    private static void hardenAlone(Request request) {
        try {
            request.image().harden();
            request.done().complete(null);
        } catch (IOException | RuntimeException e) {
            request.done().completeExceptionally(e);
        }
    }

    /** Hardens, and says that the image is clean unless something was applied meanwhile. */
    CompletableFuture<Void> settle(Image image, long settledSeq) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        image.settle(settledSeq);
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
        fileSystems.values().forEach(sync -> sync.ifPresent(FileSystemSync::close));
    }
}
