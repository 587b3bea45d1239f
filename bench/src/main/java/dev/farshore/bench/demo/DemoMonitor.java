package dev.farshore.bench.demo;

import dev.farshore.testkit.verify.FlushPointChecker;
import dev.farshore.testkit.workload.VolumeStats;
import dev.farshore.testkit.workload.Workload;

import org.HdrHistogram.Histogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;

/**
 * Watches the demo while it runs: samples the lag, feeds the live view.
 *
 * <p>Threading: one thread of its own until closed; the setters from any.
 */
final class DemoMonitor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DemoMonitor.class);
    private static final Duration SAMPLE_INTERVAL = Duration.ofMillis(100);
    private static final int SAMPLES_A_FRAME = 5;
    private static final double NS_A_SECOND = 1e9;

    private final DemoStage stage;
    private final Workload workload;
    private final FlushPointChecker checker;
    private final LiveView view;
    private final Duration total;
    private final long startNs = System.nanoTime();
    private final Thread thread = Thread.ofVirtual().name("demo-monitor").unstarted(this::run);

    /** The thread's until it has ended. */
    private final Histogram lagMillis = new Histogram(3);

    private volatile String site;
    private volatile String phase = "running";
    private long lastLagMillis;
    private long frameNs = startNs;
    private long frameWrites;
    private long frameBytes;

    DemoMonitor(
            DemoStage stage,
            Workload workload,
            FlushPointChecker checker,
            LiveView view,
            Duration total) {
        this.stage = stage;
        this.workload = workload;
        this.checker = checker;
        this.view = view;
        this.total = total;
        this.site = stage.sites().getFirst();
    }

    void start() {
        thread.start();
    }

    void enter(String newPhase) {
        phase = newPhase;
    }

    void moved(String newSite) {
        site = newSite;
        phase = "running";
    }

    /** The samples taken; after {@link #close}. */
    Histogram lagMillis() {
        return lagMillis;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            for (long sample = 0; true; sample++) {
                sampleLag();
                if (sample % SAMPLES_A_FRAME == 0) {
                    showFrame();
                }
                Thread.sleep(SAMPLE_INTERVAL);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private void sampleLag() {
        try {
            lastLagMillis = Math.max(0, stage.lagMillis(DemoPlan.VM));
            lagMillis.recordValue(lastLagMillis);
        } catch (IOException e) {
            log.atWarn().setCause(e).log("the lag is not known at the moment");
        }
    }

    private void showFrame() {
        VolumeStats.Snapshot stats = workload.snapshot();
        long nowNs = System.nanoTime();
        double seconds = Math.max(1, nowNs - frameNs) / NS_A_SECOND;
        view.show(
                new LiveView.Frame(
                        Duration.ofNanos(nowNs - startNs),
                        total,
                        site,
                        phase,
                        Math.round((stats.writes() - frameWrites) / seconds),
                        (stats.bytesWritten() - frameBytes) / seconds / 1e6,
                        lastLagMillis,
                        checker.checked()));
        frameNs = nowNs;
        frameWrites = stats.writes();
        frameBytes = stats.bytesWritten();
    }
}
