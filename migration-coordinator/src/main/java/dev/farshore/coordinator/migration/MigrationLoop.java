package dev.farshore.coordinator.migration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one thread that drives hand-overs between sites ({@link MigrationDriver#advance}) and other
 * duties: at every report, and every {@link #TICK} for the timeouts.
 *
 * <p>Hand-overs come first, as a guest waits for them. A failed duty is retried after a pause and
 * does not stop the others.
 */
public final class MigrationLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MigrationLoop.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final MigrationDriver driver;
    private final List<Runnable> duties;
    private final LongSupplier nowMicros;
    private final Semaphore news = new Semaphore(0);
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param duties what else is due, each round
     */
    public MigrationLoop(MigrationDriver driver, List<Runnable> duties, LongSupplier nowMicros) {
        this.driver = driver;
        this.duties = List.copyOf(duties);
        this.nowMicros = nowMicros;
        thread = Thread.ofPlatform().name("migrations").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Says that there is something new to look at; from any thread, never blocks. */
    public void wake() {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        wake();
        try {
            if (!thread.join(CLOSE_TIMEOUT)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (closed.getCount() > 0) {
                round();
            }
        } catch (InterruptedException e) {
            log.atInfo().log("migration loop interrupted; the next coordinator continues");
        }
    }

    private void round() throws InterruptedException {
        boolean isBusy = false;
        boolean hasFailed = false;
        try {
            isBusy = driver.advance(nowMicros.getAsLong());
        } catch (RuntimeException e) {
            hasFailed = true;
            log.atError().setCause(e).log("migrations could not be driven forward; trying again");
        }
        for (Runnable duty : duties) {
            try {
                duty.run();
            } catch (RuntimeException e) {
                hasFailed = true;
                log.atError().setCause(e).log("specs could not be put right; trying again");
            }
        }
        if (hasFailed) {
            var _ = closed.await(PAUSE_AFTER_ERROR.toMillis(), TimeUnit.MILLISECONDS);
        } else if (!isBusy && news.tryAcquire(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
            news.drainPermits();
        }
    }
}
