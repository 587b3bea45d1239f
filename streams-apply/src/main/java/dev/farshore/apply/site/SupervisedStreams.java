package dev.farshore.apply.site;

import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs Kafka Streams, and restarts it when it has given up or {@link StallDetector stalls}. Images
 * and index go on at their own positions, so a restart costs only what was missed meanwhile. After
 * an {@link Error} in a thread nothing in this process can be trusted: Streams is not restarted,
 * and {@code onFatal} ends the process.
 *
 * <p>Invariant: one run has ended, with all its threads, before the next one begins; two would
 * write the same images.
 *
 * <p>Threading: a thread of its own supervises; {@link #health} from any.
 */
final class SupervisedStreams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedStreams.class);

    /** One life of Kafka Streams. */
    interface Run {
        void start();

        KafkaStreams.State state();

        /** Returns whether all threads have ended. */
        boolean close(Duration patience);
    }

    /** Makes runs, and tidies up after them. */
    interface Runs {
        /**
         * @param failures decides what becomes of threads that die
         */
        Run create(ThreadFailures failures);

        /** The run before has ended, perhaps not in order. */
        void afterEnd();
    }

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofMinutes(1);
    private static final Duration END_PATIENCE = Duration.ofSeconds(30);

    private final String node;
    private final Runs runs;
    private final Supplier<StallDetector> detectors;
    private final LongSupplier nanoClock;
    private final Consumer<String> onFatal;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    // Written by the supervising thread once it runs.
    private volatile ThreadFailures failures;
    private volatile Run run;
    private volatile String trouble = "";
    private volatile boolean isStarted;
    private final AtomicLong restarts = new AtomicLong();

    /**
     * @param detectors makes one for each run
     * @param onFatal told once why this process can't apply any more
     */
    SupervisedStreams(
            String node,
            Runs runs,
            Supplier<StallDetector> detectors,
            LongSupplier nanoClock,
            Consumer<String> onFatal) {
        this.node = node;
        this.runs = runs;
        this.detectors = detectors;
        this.nanoClock = nanoClock;
        this.onFatal = onFatal;
        failures = new ThreadFailures(nanoClock);
        run = runs.create(failures);
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("farshore-supervisor-" + node)
                        .unstarted(this::supervise);
    }

    void start() {
        run.start();
        isStarted = true;
        thread.start();
    }

    KafkaStreams.State state() {
        return run.state();
    }

    /** How it is, for people and monitors. */
    ApplyHealth health() {
        String why = trouble;
        if (!why.isEmpty()) {
            return new ApplyHealth(false, why, restarts.get());
        }
        return switch (run.state()) {
            case RUNNING -> new ApplyHealth(true, "serving", restarts.get());
            case CREATED, REBALANCING ->
                    new ApplyHealth(false, "starting or rebalancing", restarts.get());
            case PENDING_SHUTDOWN, NOT_RUNNING ->
                    new ApplyHealth(false, closing() ? "stopping" : gaveUp(), restarts.get());
            case PENDING_ERROR, ERROR -> new ApplyHealth(false, gaveUp(), restarts.get());
        };
    }

    private boolean closing() {
        return closed.getCount() == 0;
    }

    private String gaveUp() {
        return "does not apply: " + failures.lastReason();
    }

    private void supervise() {
        StallDetector detector = detectors.get();
        Duration backoff = FIRST_BACKOFF;
        long startedAtNanos = nanoClock.getAsLong();
        try {
            while (!closed.await(LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                String why = whyEnd(detector);
                if (why == null) {
                    continue;
                }
                if (failures.isFatal()) {
                    trouble = gaveUp();
                    onFatal.accept(trouble);
                    return;
                }
                boolean isSoon =
                        nanoClock.getAsLong() - startedAtNanos
                                < MAX_BACKOFF.multipliedBy(2).toNanos();
                backoff = isSoon ? min(backoff.multipliedBy(2), MAX_BACKOFF) : FIRST_BACKOFF;
                if (!restart(why, backoff)) {
                    return;
                }
                detector = detectors.get();
                startedAtNanos = nanoClock.getAsLong();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does
        }
    }

    private @Nullable String whyEnd(StallDetector detector) {
        return switch (run.state()) {
            case ERROR, NOT_RUNNING -> gaveUp();
            case RUNNING -> {
                detector.isRunning();
                yield null;
            }
            case CREATED, REBALANCING, PENDING_SHUTDOWN, PENDING_ERROR ->
                    detector.look(nanoClock.getAsLong())
                            ? "does not apply: stands still while " + run.state()
                            : null;
        };
    }

    /** Returns whether it has been started again. */
    private boolean restart(String why, Duration backoff) throws InterruptedException {
        trouble = why + "; it is started again";
        LOG.atError().addKeyValue("node", node).log("Site application {}", trouble);
        while (!run.close(END_PATIENCE)) {
            LOG.atError()
                    .addKeyValue("node", node)
                    .log("Threads of the site application have not ended yet; waiting for them");
            if (closing()) {
                return false;
            }
        }
        runs.afterEnd();
        if (closed.await(backoff.toMillis(), TimeUnit.MILLISECONDS)) {
            return false;
        }
        return startAnew();
    }

    private synchronized boolean startAnew() {
        if (closing()) {
            return false;
        }
        failures = new ThreadFailures(nanoClock);
        run = runs.create(failures);
        restarts.incrementAndGet();
        run.start();
        trouble = "";
        return true;
    }

    private synchronized void noMoreRuns() {
        closed.countDown();
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /**
     * Ends the run for good.
     *
     * @return whether all threads have ended
     */
    boolean close(Duration patience) {
        noMoreRuns();
        try {
            if (isStarted) {
                thread.join(patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return run.close(patience);
    }

    @Override
    public void close() {
        close(END_PATIENCE);
    }
}
