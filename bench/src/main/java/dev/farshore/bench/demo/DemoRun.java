package dev.farshore.bench.demo;

import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.FlushPointChecker;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.OperationSource;
import dev.farshore.testkit.workload.TraceSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadException;
import dev.farshore.testkit.workload.WorkloadTimeouts;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The demo on a stage: the VM works at the first site, moves to the second half-way, works there,
 * moves back, works on, stops; then everything is compared.
 *
 * <p>Threading: one use by one thread.
 */
public final class DemoRun {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration HARDEN_TIMEOUT = Duration.ofMinutes(5);

    /** The guest reconnects a little after the coordinator is done. */
    private static final Duration AFTER_SWITCH = Duration.ofMillis(500);

    /** A trace the volume is too slow for may take this many times the planned duration. */
    private static final int MOST_OVERTIME = 4;

    private final DemoPlan plan;
    private final LiveView view;
    private final List<WriteRecord> records;
    private final FlushPointChecker checker;
    private final List<Switch> switches = new ArrayList<>();

    /** A switch, in nanoTime. */
    private record Switch(
            String from, String to, long fromNs, long toNs, SequencedMap<String, Long> phases) {}

    /**
     * @param sites as the stage will have them
     */
    public DemoRun(DemoPlan plan, List<String> sites, LiveView view) {
        this.plan = plan;
        this.view = view;
        this.records = new ArrayList<>();
        for (DemoStage.NewVolume volume : plan.volumes()) {
            records.add(new WriteRecord(volume.vvol(), records.size() + 1, volume.sizeBytes()));
        }
        this.checker = new FlushPointChecker(records, Set.copyOf(sites));
    }

    /** To be told of every flush applied. */
    public FlushPointChecker flushes() {
        return checker;
    }

    public DemoReport play(DemoStage stage)
            throws IOException, InterruptedException, WorkloadException {
        String home = stage.sites().get(0);
        String away = stage.sites().get(1);
        stage.createVm(DemoPlan.VM, plan.volumes(), home);
        try (Workload workload = new Workload(volumes(), stage, WorkloadTimeouts.DEFAULT);
                DemoMonitor monitor =
                        new DemoMonitor(stage, workload, checker, view, plan.duration())) {
            long startNs = System.nanoTime();
            workload.start();
            monitor.start();
            Duration eighth = plan.duration().dividedBy(8);
            awaitUntil(workload, startNs + eighth.toNanos() * 4);
            migrate(stage, monitor, home, away);
            awaitUntil(workload, later(startNs + eighth.toNanos() * 6, eighth));
            migrate(stage, monitor, away, home);
            awaitUntil(workload, later(startNs + plan.duration().toNanos(), eighth));
            monitor.enter("finishing");
            awaitTrace(workload, startNs + plan.duration().toNanos() * MOST_OVERTIME);
            workload.stop();
            long endNs = System.nanoTime();
            monitor.enter("draining");
            stage.awaitHardened(DemoPlan.VM, HARDEN_TIMEOUT);
            monitor.close();
            view.news("Comparing the images.");
            return report(stage, workload, monitor, Duration.ofNanos(endNs - startNs));
        }
    }

    private List<Workload.Volume> volumes() throws IOException {
        List<Workload.Volume> volumes = new ArrayList<>();
        for (WriteRecord record : records) {
            DemoPlan.Trace trace = volumes.isEmpty() ? plan.trace() : null;
            OperationSource source =
                    trace == null
                            ? new DatabaseSource(
                                    record.markerOffset(),
                                    plan.seed() + record.volume(),
                                    plan.operationsPerSecond() / records.size())
                            : new TraceSource(trace.file(), trace.summary(), plan.duration());
            volumes.add(new Workload.Volume(record, source, plan.depth()));
        }
        return volumes;
    }

    /** A time, but no earlier than {@code pause} from now. */
    private static long later(long timeNs, Duration pause) {
        return Math.max(timeNs, System.nanoTime() + pause.toNanos());
    }

    private static void awaitUntil(Workload workload, long timeNs)
            throws InterruptedException, WorkloadException {
        for (long leftNs = timeNs - System.nanoTime();
                leftNs > 0;
                leftNs = timeNs - System.nanoTime()) {
            workload.checkHealth();
            Thread.sleep(Duration.ofNanos(Math.min(leftNs, TICK.toNanos())));
        }
        workload.checkHealth();
    }

    private void awaitTrace(Workload workload, long deadlineNs)
            throws InterruptedException, WorkloadException {
        while (plan.trace() != null
                && workload.isRunning(records.getFirst().vvol())
                && System.nanoTime() < deadlineNs) {
            workload.checkHealth();
            Thread.sleep(TICK);
        }
        if (plan.trace() != null && workload.isRunning(records.getFirst().vvol())) {
            view.news("The trace was too much for the time: its end is not replayed.");
        }
    }

    private void migrate(DemoStage stage, DemoMonitor monitor, String from, String to)
            throws IOException, InterruptedException {
        view.news("Moving VM %s from site %s to site %s.".formatted(DemoPlan.VM, from, to));
        long fromNs = System.nanoTime();
        SequencedMap<String, Long> phases = stage.migrate(DemoPlan.VM, to, monitor::enter);
        switches.add(new Switch(from, to, fromNs, System.nanoTime(), phases));
        monitor.moved(to);
    }

    private DemoReport report(
            DemoStage stage, Workload workload, DemoMonitor monitor, Duration duration)
            throws IOException {
        List<ImageVerification> verifications = new ArrayList<>();
        for (WriteRecord record : records) {
            TreeMap<String, Path> images = new TreeMap<>();
            stage.sites().forEach(site -> images.put(site, stage.image(record.vvol(), site)));
            verifications.add(ImageVerifier.verify(record, images));
        }
        List<DemoReport.Migration> migrations =
                switches.stream()
                        .map(
                                s ->
                                        new DemoReport.Migration(
                                                s.from,
                                                s.to,
                                                stallMillis(
                                                        workload,
                                                        s.fromNs,
                                                        s.toNs + AFTER_SWITCH.toNanos()),
                                                s.phases))
                        .toList();
        return new DemoResults(records, checker, workload, verifications, stage.sites())
                .report(
                        duration,
                        DemoReport.Distribution.of(monitor.lagMillis()),
                        migrations,
                        stallMillis(workload, Long.MIN_VALUE, Long.MAX_VALUE));
    }

    private static long stallMillis(Workload workload, long fromNs, long toNs) {
        return Duration.ofNanos(workload.longestStallNs(fromNs, toNs)).toMillis();
    }
}
