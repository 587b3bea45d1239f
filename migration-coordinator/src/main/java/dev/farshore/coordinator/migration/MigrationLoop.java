package dev.farshore.coordinator.migration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one thread that drives hand-overs, between sites ({@link MigrationDriver#advance}) and within
 * one: whenever something was reported, and every {@link #TICK} for the timeouts.
 */
public final class MigrationLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MigrationLoop.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final MigrationDriver driver;
    private final Runnable withinSites;
    private final LongSupplier nowMicros;
    private final Semaphore news = new Semaphore(0);
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param withinSites does what is due between the nodes of a site
     */
    public MigrationLoop(MigrationDriver driver, Runnable withinSites, LongSupplier nowMicros) {
        this.driver = driver;
        this.withinSites = withinSites;
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
        try {
            withinSites.run();
            boolean isBusy = driver.advance(nowMicros.getAsLong());
            if (!isBusy && news.tryAcquire(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
                news.drainPermits();
            }
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("migrations could not be driven forward; trying again");
            var _ = closed.await(PAUSE_AFTER_ERROR.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
