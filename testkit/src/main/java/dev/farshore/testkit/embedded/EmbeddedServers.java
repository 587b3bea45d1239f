package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Starts and stops servers together: each needs seconds. */
final class EmbeddedServers {
    private EmbeddedServers() {}

    /**
     * Returns when all serve requests. If one fails, or this thread is interrupted, starts still
     * under way end; what runs is the caller's to stop.
     */
    static void start(List<? extends EmbeddedServer> servers)
            throws IOException, InterruptedException {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starts = new ArrayList<>();
            for (EmbeddedServer server : servers) {
                starts.add(
                        executor.submit(
                                () -> {
                                    server.start();
                                    return null;
                                }));
            }
            try {
                for (Future<?> start : starts) {
                    start.get();
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw new EmbeddedStartException(
                        "the embedded environment did not start: " + e.getCause(), e);
            } finally {
                // Leaving the block waits for all; a start still under way is of no more use.
                executor.shutdownNow();
            }
        }
    }

    /** Runs all at once and returns when they are done. */
    static void stop(List<Runnable> stops) {
        // An interruption is why most callers come here; it is no reason to stop without order.
        boolean interrupted = Thread.interrupted();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            stops.forEach(executor::execute);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
