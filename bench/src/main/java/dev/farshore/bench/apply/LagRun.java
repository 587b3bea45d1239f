package dev.farshore.bench.apply;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.schemas.clock.EpochMicros;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A site that follows a log written at a steady rate, and its lag in time: now minus the capture
 * time of the oldest event that the site has not reported as hardened.
 */
final class LagRun {
    /** Compiling, and the first growth of files and heaps, are not what is measured. */
    private static final int WARM_UP_SECONDS = 5;

    private LagRun() {}

    /**
     * Microseconds of lag, a sample a millisecond.
     *
     * @param live written while the site runs
     */
    static Histogram measure(
            String site, BenchLog log, Path folder, Backlog live, int eventsPerSecond)
            throws IOException, InterruptedException {
        Histogram micros = new Histogram(3);
        try (BacklogWriter writer = new BacklogWriter(live, log);
                SiteApplication application = ApplyRun.site(site, log, folder);
                ExecutorService writing = Executors.newSingleThreadExecutor()) {
            writer.openAndFill();
            application.start();
            ApplyRun.awaitHardened(application, live, index -> live.filledSeq());
            Future<?> written =
                    writing.submit(
                            () -> {
                                writer.writeAt(eventsPerSecond);
                                return null;
                            });
            long warmNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
            while (!written.isDone()) {
                long lagMicros = lagMicros(application, live);
                if (System.nanoTime() > warmNanos) {
                    micros.recordValue(lagMicros);
                }
                Thread.sleep(1);
            }
            written.get();
        } catch (ExecutionException e) {
            throw new IOException("writing: " + e.getCause(), e);
        }
        return micros;
    }

    private static long lagMicros(SiteApplication application, Backlog live) {
        long nowMicros = EpochMicros.now(InstantSource.system());
        long lagMicros = 0;
        for (int index = 0; index < live.vvols(); index++) {
            long oldestMicros =
                    application
                            .index()
                            .find(live.vvol(index))
                            .map(DirtyBlocks::oldestUnhardenedMicros)
                            .flatMap(oldest -> oldest.stream().boxed().findFirst())
                            .orElse(nowMicros);
            lagMicros = Math.max(lagMicros, nowMicros - oldestMicros);
        }
        return lagMicros;
    }
}
