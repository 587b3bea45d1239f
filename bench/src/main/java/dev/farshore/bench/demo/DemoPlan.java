package dev.farshore.bench.demo;

import dev.farshore.testkit.workload.TraceFile;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How long and how hard the demo works, and on which volumes. Which operations it does: {@link
 * DemoRun}.
 *
 * @param duration of the workload, switches included; it goes on longer if they take longer
 * @param trace to replay on the first volume; null for the demo's own workload
 * @param operationsPerSecond over all volumes, of the demo's own workload; 0 for no limit
 * @param depth most requests in flight, for each volume
 */
public record DemoPlan(
        Duration duration,
        @Nullable Trace trace,
        int operationsPerSecond,
        int depth,
        long seed,
        List<DemoStage.NewVolume> volumes) {

    static final String VM = "db";

    private static final long DATA_BYTES = 32L << 30;
    private static final long LOG_BYTES = 1L << 30;
    private static final long MIB = 1L << 20;

    /** A trace that has been read once and found good. */
    public record Trace(Path file, TraceFile.Summary summary) {}

    public DemoPlan {
        volumes = List.copyOf(volumes);
    }

    /** Two volumes, the first as large as the trace needs and at least 32 GiB. */
    public static List<DemoStage.NewVolume> volumesFor(@Nullable Trace trace) {
        // A mebibyte more than the trace reaches: the last sector is the workload's own.
        long traceBytes = trace == null ? 0 : (trace.summary.endBytes() / MIB + 2) * MIB;
        return List.of(
                new DemoStage.NewVolume("db-data", Math.max(DATA_BYTES, traceBytes)),
                new DemoStage.NewVolume("db-log", LOG_BYTES));
    }
}
