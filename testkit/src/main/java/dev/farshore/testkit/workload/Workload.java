package dev.farshore.testkit.workload;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The guest of one VM: drives all its volumes at once, verifies every read, and knows at the end
 * what must be on them. Like a hypervisor, it survives lost connections: it asks where the volume
 * is served now, connects there, and sends again what was not answered.
 *
 * <p>Threading: any thread.
 */
public final class Workload implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Workload.class);
    private static final int MAX_DIFFERENCES = 20;

    private final List<VolumeDriver> drivers = new ArrayList<>();
    private final Map<String, Thread> threads = new ConcurrentHashMap<>();
    private final List<Difference> differences = new ArrayList<>();
    private @Nullable WorkloadException failure;
    private volatile boolean isClosed;

    /**
     * A volume and what is done to it.
     *
     * @param depth most requests in flight
     */
    public record Volume(WriteRecord record, OperationSource source, int depth) {
        public Volume {
            if (depth < 1) {
                throw new IllegalArgumentException("depth " + depth + " is not at least 1");
            }
        }
    }

    public Workload(List<Volume> volumes, VolumeEndpoints endpoints, WorkloadTimeouts timeouts) {
        for (Volume volume : volumes) {
            drivers.add(new VolumeDriver(volume, endpoints, timeouts, System::nanoTime, this::add));
        }
    }

    public void start() {
        long startNs = System.nanoTime();
        for (VolumeDriver driver : drivers) {
            threads.put(
                    driver.vvol(),
                    Thread.ofVirtual()
                            .name("workload-" + driver.vvol())
                            .start(() -> run(driver, startNs)));
        }
    }

    /** Whether a volume is still being driven: its source has more, and nothing failed. */
    public boolean isRunning(String vvol) {
        Thread thread = threads.get(vvol);
        return thread != null && thread.isAlive();
    }

    /**
     * Sends nothing new, waits for what is in flight, and flushes.
     *
     * @throws WorkloadException if it could not go on at some point
     */
    public void stop() throws WorkloadException, InterruptedException {
        drivers.forEach(VolumeDriver::stop);
        for (Thread thread : threads.values()) {
            thread.join();
        }
        checkHealth();
    }

    /**
     * @throws WorkloadException if it could not go on
     */
    public synchronized void checkHealth() throws WorkloadException {
        if (failure != null) {
            throw failure;
        }
    }

    /** All volumes together. */
    public VolumeStats.Snapshot snapshot() {
        return drivers.stream()
                .map(driver -> driver.stats().snapshot())
                .reduce(VolumeStats.Snapshot::plus)
                .orElseThrow();
    }

    /**
     * Longest time, over the volumes, in which writes waited and none was answered, of those that
     * touch a span of nanoTime.
     */
    public long longestStallNs(long fromNs, long toNs) {
        return drivers.stream()
                .mapToLong(driver -> driver.stats().longestStallNs(fromNs, toNs))
                .max()
                .orElse(0);
    }

    /** The first reads that returned something wrong. */
    public synchronized List<Difference> differences() {
        return new ArrayList<>(differences);
    }

    /** Gives up what is in flight. */
    @Override
    public void close() {
        isClosed = true;
        threads.values().forEach(Thread::interrupt);
    }

    private void run(VolumeDriver driver, long startNs) {
        try {
            driver.run(startNs);
        } catch (InterruptedException e) {
            if (!isClosed) {
                fail(new WorkloadException("the workload was interrupted", e));
            }
        } catch (WorkloadException e) {
            fail(e);
        } catch (RuntimeException e) {
            fail(new WorkloadException("the workload failed: " + e, e));
        }
    }

    private void fail(WorkloadException why) {
        log.atError().addKeyValue("reason", why.getMessage()).log("the workload can't go on");
        synchronized (this) {
            if (failure == null) {
                failure = why;
            }
        }
        drivers.forEach(VolumeDriver::stop);
    }

    private synchronized void add(Difference difference) {
        if (differences.size() < MAX_DIFFERENCES) {
            differences.add(difference);
        }
    }
}
