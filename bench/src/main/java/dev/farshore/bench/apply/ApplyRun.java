package dev.farshore.bench.apply;

import com.sun.management.OperatingSystemMXBean;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.apply.site.SiteSettings;
import dev.farshore.schemas.registry.FarshoreSerdes;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.IntToLongFunction;

/** One site of one node that takes a backlog into its images, with the settings of every site. */
final class ApplyRun {
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration DRAIN_PATIENCE = Duration.ofMinutes(2);

    private ApplyRun() {}

    /**
     * @param seconds from the first event applied to the last one hardened
     * @param cpuSeconds of this process meanwhile
     */
    record Drained(long events, long payloadBytes, double seconds, double cpuSeconds) {
        double eventsPerSecond() {
            return events / seconds;
        }

        double cpuMicrosPerEvent() {
            return cpuSeconds * 1e6 / events;
        }
    }

    static SiteApplication site(String site, BenchLog log, Path folder) {
        FarshoreSerdes serdes = log.serdes();
        return new SiteApplication(
                SiteSettings.of(site, site + "-1", log.bootstrapServers(), folder.resolve(site)),
                serdes.writes(),
                serdes.headers(),
                serdes.progress(),
                vvol -> "",
                ApplyListener.NONE,
                Clock.systemUTC());
    }

    /** Takes in the filled volumes, before there is a backlog; not measured. */
    static void takeIn(String site, BenchLog log, Path folder, Backlog backlog)
            throws IOException, InterruptedException {
        try (SiteApplication application = site(site, log, folder)) {
            application.start();
            awaitHardened(application, backlog, index -> backlog.filledSeq());
        }
    }

    /** Starts the site and measures until it has hardened the whole backlog. */
    static Drained drain(String site, BenchLog log, Path folder, Backlog backlog)
            throws IOException, InterruptedException {
        try (SiteApplication application = site(site, log, folder)) {
            application.start();
            long deadlineNanos = System.nanoTime() + START_PATIENCE.toNanos();
            while (application.counters().records() == 0) {
                requireBefore(deadlineNanos, "the first event to be applied");
                Thread.sleep(1);
            }
            long startNanos = System.nanoTime();
            long startCpuNanos = cpuNanos();
            awaitHardened(application, backlog, backlog::lastSeq);
            return new Drained(
                    backlog.events(),
                    backlog.payloadBytesTotal(),
                    (System.nanoTime() - startNanos) / 1e9,
                    (cpuNanos() - startCpuNanos) / 1e9);
        }
    }

    /** Returns when the images have each volume's events up to {@code seq}. */
    static void awaitHardened(SiteApplication application, Backlog backlog, IntToLongFunction seq)
            throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + DRAIN_PATIENCE.toNanos();
        for (int index = 0; index < backlog.vvols(); index++) {
            while (application
                            .images()
                            .status(backlog.vvol(index))
                            .map(ReplicaStatus::hardened)
                            .map(position -> position.seq())
                            .orElse(0L)
                    < seq.applyAsLong(index)) {
                requireBefore(deadlineNanos, "the backlog to be hardened");
                Thread.sleep(1);
            }
        }
    }

    private static void requireBefore(long deadlineNanos, String what) throws IOException {
        if (System.nanoTime() > deadlineNanos) {
            throw new IOException("waited too long for " + what);
        }
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
