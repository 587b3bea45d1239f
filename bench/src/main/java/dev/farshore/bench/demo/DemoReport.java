package dev.farshore.bench.demo;

import dev.farshore.testkit.verify.Difference;
import dev.farshore.testkit.workload.VolumeStats;

import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What came of it; the fields are those of {@code --json}.
 *
 * @param passed nothing was lost and nothing differed, and everything was checked
 * @param faults what did not hold, in words; empty if {@code passed}
 * @param durationMillis of the workload
 * @param writes acknowledged, trims and writes of zeroes among them
 * @param bytes payload of the acknowledged writes
 * @param lostWrites acknowledged writes of which a sector is missing in an image
 * @param imagesIdentical whether both sites' images are the same, byte for byte
 * @param wrongReads reads that returned something else than was acknowledged
 * @param flushPoints flushes the workload made
 * @param flushPointsChecked by site, how often an image was checked at one of them
 * @param flushPointFaults sectors found wrong at those checks
 * @param lagMillis the replica's lag, sampled while the workload ran
 * @param reconnects connections lost and made again
 * @param longestStallMillis longest time in which writes waited and none was answered
 * @param comparedBytes bytes of each image compared at the end; the rest is known to be zeroes
 * @param differences the first ones
 */
public record DemoReport(
        boolean passed,
        List<String> faults,
        long durationMillis,
        long writes,
        long bytes,
        long reads,
        long writesPerSecond,
        double mbPerSecond,
        long lostWrites,
        boolean imagesIdentical,
        long wrongReads,
        long flushPoints,
        Map<String, Long> flushPointsChecked,
        long flushPointFaults,
        Distribution lagMillis,
        Latencies latencyMicros,
        List<Migration> migrations,
        long reconnects,
        long longestStallMillis,
        long comparedBytes,
        List<Difference> differences) {

    /** In the unit its name says. */
    public record Distribution(long p50, long p99, long max) {
        static Distribution of(Histogram histogram) {
            return new Distribution(
                    histogram.getValueAtPercentile(50),
                    histogram.getValueAtPercentile(99),
                    histogram.getMaxValue());
        }
    }

    /** From the first sending to the answer, over lost connections. */
    public record Latencies(Distribution write, Distribution read, Distribution flush) {
        static Latencies of(VolumeStats.Snapshot stats) {
            return new Latencies(
                    Distribution.of(stats.writeMicros()),
                    Distribution.of(stats.readMicros()),
                    Distribution.of(stats.flushMicros()));
        }
    }

    /**
     * A switch.
     *
     * @param downtimeMillis longest time, around it, in which a volume's writes waited and none was
     *     answered: what the guest felt
     * @param phases milliseconds of each
     */
    public record Migration(
            String from, String to, long downtimeMillis, SequencedMap<String, Long> phases) {}
}
