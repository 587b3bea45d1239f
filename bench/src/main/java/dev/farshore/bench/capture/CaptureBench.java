package dev.farshore.bench.capture;

import static dev.farshore.bench.report.BenchResult.Bound.AT_LEAST;
import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.bench.load.LoadResult;
import dev.farshore.bench.load.LoadSpec;
import dev.farshore.bench.report.BenchResult;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes the bench's results out of what was measured. */
public final class CaptureBench {
    static final String VVOL = "bench";

    /** Small, so that it is full, and the rate that of the slowest part, before counting begins. */
    static final long JOURNAL_BYTES = 64L << 20;

    /** An event and its header. */
    private static final int RECORDS_PER_WRITE = 2;

    /** What is driven: name, share of reads, size of a request, depth. */
    enum Pattern {
        WRITE_4K_32("4 KiB writes, depth 32", 0, 4096, 32),
        WRITE_4K_1("4 KiB writes, depth 1", 0, 4096, 1),
        WRITE_64K_32("64 KiB writes, depth 32", 0, 65_536, 32),
        MIX_4K_32("4 KiB 70/30 reads/writes, depth 32", 70, 4096, 32);

        final String title;
        final int readPercent;
        final int blockBytes;
        final int depth;

        Pattern(String title, int readPercent, int blockBytes, int depth) {
            this.title = title;
            this.readPercent = readPercent;
            this.blockBytes = blockBytes;
            this.depth = depth;
        }

        LoadSpec spec(long rangeBytes, int compressiblePercent, Duration warmUp, Duration time) {
            return new LoadSpec(
                    "bench",
                    readPercent,
                    blockBytes,
                    depth,
                    compressiblePercent,
                    rangeBytes,
                    warmUp,
                    time);
        }
    }

    private final Samples samples;
    private final List<BenchResult> results = new ArrayList<>();

    private CaptureBench(Samples samples) {
        this.samples = samples;
    }

    public static List<BenchResult> results(Samples samples) {
        CaptureBench bench = new CaptureBench(samples);
        bench.serverAlone();
        bench.wholePath();
        bench.flushAndGarbage();
        return bench.results;
    }

    private void serverAlone() {
        LoadResult deep = samples.require(BenchTarget.NULL_LOG, Pattern.WRITE_4K_32);
        results.add(
                BenchResult.against(
                        "server alone, " + Pattern.WRITE_4K_32.title,
                        deep.perSecond(),
                        "writes/s",
                        BenchTarget.NBDKIT.title,
                        perSecond(BenchTarget.NBDKIT, Pattern.WRITE_4K_32),
                        AT_LEAST,
                        1.2));
        results.add(
                BenchResult.against(
                        "server alone, " + Pattern.WRITE_4K_1.title + ", median",
                        samples.require(BenchTarget.NULL_LOG, Pattern.WRITE_4K_1).p50Micros(),
                        "µs",
                        BenchTarget.NBDKIT.title,
                        p50(BenchTarget.NBDKIT, Pattern.WRITE_4K_1),
                        AT_MOST,
                        1.0));
        for (Pattern pattern : List.of(Pattern.WRITE_64K_32, Pattern.MIX_4K_32)) {
            results.add(
                    BenchResult.beside(
                            "server alone, " + pattern.title,
                            samples.require(BenchTarget.NULL_LOG, pattern).perSecond(),
                            "requests/s",
                            BenchTarget.NBDKIT.title,
                            perSecond(BenchTarget.NBDKIT, pattern)));
        }
    }

    private void wholePath() {
        for (Pattern pattern : List.of(Pattern.WRITE_4K_32, Pattern.WRITE_64K_32)) {
            LoadResult whole = samples.require(BenchTarget.WHOLE_PATH, pattern);
            double server = samples.require(BenchTarget.NULL_LOG, pattern).perSecond();
            double producer = samples.produced(pattern);
            double consumer = samples.consumed(pattern);
            results.add(
                    BenchResult.against(
                            "whole path, " + pattern.title,
                            whole.perSecond(),
                            "writes/s",
                            "its parts together: server %.0f, producer %.0f, consumer %.0f"
                                    .formatted(server, producer, consumer),
                            1 / (1 / server + 1 / producer + 1 / consumer),
                            AT_LEAST,
                            0.85));
            results.add(
                    BenchResult.against(
                            "whole path, " + pattern.title,
                            whole.megabytesPerSecond(pattern.blockBytes),
                            "MB/s",
                            BenchTarget.QEMU_MIRROR.title,
                            megabytes(BenchTarget.QEMU_MIRROR, pattern),
                            AT_LEAST,
                            1.0));
            results.add(
                    BenchResult.against(
                            "whole path, " + pattern.title + ", p99",
                            whole.p99Micros(),
                            "µs",
                            BenchTarget.QEMU_MIRROR.title,
                            p99(BenchTarget.QEMU_MIRROR, pattern),
                            AT_MOST,
                            1.0));
            results.add(
                    BenchResult.beside(
                            "whole path, " + pattern.title,
                            whole.perSecond(),
                            "writes/s",
                            BenchTarget.QEMU.title,
                            perSecond(BenchTarget.QEMU, pattern)));
        }
        results.add(
                BenchResult.against(
                        "whole path, " + Pattern.WRITE_4K_1.title + ", median",
                        samples.require(BenchTarget.WHOLE_PATH, Pattern.WRITE_4K_1).p50Micros(),
                        "µs",
                        BenchTarget.NULL_LOG.title,
                        samples.require(BenchTarget.NULL_LOG, Pattern.WRITE_4K_1).p50Micros(),
                        AT_MOST,
                        1.5));
        results.add(
                BenchResult.beside(
                        "whole path, " + Pattern.MIX_4K_32.title,
                        samples.require(BenchTarget.WHOLE_PATH, Pattern.MIX_4K_32).perSecond(),
                        "requests/s",
                        BenchTarget.QEMU_MIRROR.title,
                        perSecond(BenchTarget.QEMU_MIRROR, Pattern.MIX_4K_32)));
    }

    private void flushAndGarbage() {
        results.add(
                BenchResult.against(
                        "flush in log mode, median",
                        samples.flushMicros(),
                        "µs",
                        "a record sent with acks=all, and waited for",
                        samples.sendMicros(),
                        AT_MOST,
                        1.5));
        results.add(
                BenchResult.bounded(
                        "garbage of our own, " + Pattern.WRITE_4K_32.title,
                        samples.allocatedBytesPerWrite(BenchTarget.NULL_LOG)
                                - RECORDS_PER_WRITE * NullLog.bytesPerRecord(),
                        "bytes/write",
                        AT_MOST,
                        200));
        results.add(
                BenchResult.of(
                        "garbage of the whole path, Kafka's clients and the applier included",
                        samples.allocatedBytesPerWrite(BenchTarget.WHOLE_PATH),
                        "bytes/write"));
        for (BenchTarget ours : List.of(BenchTarget.NULL_LOG, BenchTarget.WHOLE_PATH)) {
            results.add(
                    BenchResult.bounded(
                            "longest pause for garbage, %s, %s"
                                    .formatted(ours.title, Pattern.WRITE_4K_32.title),
                            samples.longestPauseMillis(ours),
                            "ms",
                            AT_MOST,
                            10));
        }
    }

    private @Nullable Double perSecond(BenchTarget contestant, Pattern pattern) {
        LoadResult result = samples.find(contestant, pattern);
        return result == null ? null : result.perSecond();
    }

    private @Nullable Double megabytes(BenchTarget contestant, Pattern pattern) {
        LoadResult result = samples.find(contestant, pattern);
        return result == null ? null : result.megabytesPerSecond(pattern.blockBytes);
    }

    private @Nullable Double p50(BenchTarget contestant, Pattern pattern) {
        LoadResult result = samples.find(contestant, pattern);
        return result == null ? null : result.p50Micros();
    }

    private @Nullable Double p99(BenchTarget contestant, Pattern pattern) {
        LoadResult result = samples.find(contestant, pattern);
        return result == null ? null : result.p99Micros();
    }
}
