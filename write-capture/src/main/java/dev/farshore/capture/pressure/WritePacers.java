package dev.farshore.capture.pressure;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** A pacer for every VM of a node, and the thread that gives their replies. */
public final class WritePacers implements AutoCloseable {
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("farshore-pacer").factory());
    private final ConcurrentMap<String, WritePacer> pacers = new ConcurrentHashMap<>();

    /**
     * The one of that name.
     *
     * @param name of whatever shares a limit
     */
    public WritePacer of(String name) {
        return pacers.computeIfAbsent(name, key -> new WritePacer(timer, System::nanoTime));
    }

    /** Answers what is held: it is done, and connections wait for their requests to end. */
    @Override
    public void close() {
        pacers.values().forEach(pacer -> pacer.use(WriteLimit.NONE));
        timer.shutdownNow();
    }
}
