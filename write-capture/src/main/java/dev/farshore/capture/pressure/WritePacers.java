package dev.farshore.capture.pressure;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/** A pacer for every VM of a node, and the thread that sends the replies they held back. */
public final class WritePacers implements AutoCloseable {
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("farshore-pacer").factory());
    private final ConcurrentMap<String, WritePacer> pacers = new ConcurrentHashMap<>();
    private final LongSupplier nanoClock;

    public WritePacers(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** The pacer of a VM, or of whatever else shares a limit. */
    public WritePacer of(String name) {
        return pacers.computeIfAbsent(name, key -> new WritePacer(timer, nanoClock));
    }

    /** Sends what is held: it is done, and connections wait for their requests to end. */
    @Override
    public void close() {
        pacers.values().forEach(pacer -> pacer.use(WriteLimit.NONE));
        timer.shutdownNow();
    }
}
