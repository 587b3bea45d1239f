package dev.farshore.apply.harden;

import dev.farshore.apply.image.FileSystemSync;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageGroup;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The images that wait for one disk to be hardened. When many wait, those of one file system are
 * hardened together.
 *
 * <p>Threading: any thread.
 */
final class DiskQueue {
    private static final Logger LOG = LoggerFactory.getLogger(DiskQueue.class);

    private final Executor threads;
    private final int minGroup;
    private final LongConsumer durationsNanos;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    /** Guards the file systems. One group is hardened at a time, while the next one grows. */
    private final ReentrantLock grouping = new ReentrantLock();

    private final Map<Long, Optional<FileSystemSync>> fileSystems = new HashMap<>();

    private record Request(Image image, CompletableFuture<Void> done) {}

    /**
     * @param minGroup so many waiting images are hardened together
     * @param durationsNanos told how long each hardening took
     */
    DiskQueue(Executor threads, int minGroup, LongConsumer durationsNanos) {
        this.threads = threads;
        this.minGroup = minGroup;
        this.durationsNanos = durationsNanos;
    }

    Executor threads() {
        return threads;
    }

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
            alone.forEach(this::hardenAlone);
        } finally {
            grouping.unlock();
        }
    }

    private void hardenTogether(long fileSystem, List<Request> group) {
        Optional<FileSystemSync> sync =
                group.size() < minGroup ? Optional.empty() : sync(fileSystem, group.getFirst());
        if (sync.isPresent()) {
            long startNanos = System.nanoTime();
            try {
                Collection<Image> failed =
                        ImageGroup.harden(group.stream().map(Request::image).toList(), sync.get());
                durationsNanos.accept(System.nanoTime() - startNanos);
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
        group.forEach(this::hardenAlone);
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

    private void hardenAlone(Request request) {
        long startNanos = System.nanoTime();
        try {
            request.image().harden();
            durationsNanos.accept(System.nanoTime() - startNanos);
            request.done().complete(null);
        } catch (IOException | RuntimeException e) {
            request.done().completeExceptionally(e);
        }
    }

    /** When its threads have ended. */
    void close() {
        fileSystems.values().forEach(sync -> sync.ifPresent(FileSystemSync::close));
    }
}
