package dev.farshore.testkit.workload;

import org.HdrHistogram.Histogram;

/**
 * What a workload did on one volume, as its guest saw it: a request's latency counts from its first
 * sending, over lost connections.
 *
 * <p>Threading: any thread; the monitor guards everything.
 */
public final class VolumeStats {
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Histogram writeMicros = new Histogram(SIGNIFICANT_DIGITS);
    private final Histogram readMicros = new Histogram(SIGNIFICANT_DIGITS);
    private final Histogram flushMicros = new Histogram(SIGNIFICANT_DIGITS);
    private final StallTracker stalls = new StallTracker();
    private long writes;
    private long bytesWritten;
    private long reads;
    private long bytesRead;
    private long flushes;
    private long wrongReads;
    private long connections;

    /**
     * A copy.
     *
     * @param writes acknowledged, trims and writes of zeroes among them
     * @param bytesWritten payload of those that had one
     * @param wrongReads reads that returned something else than was acknowledged
     * @param connections made; more than one means that some were lost
     */
    public record Snapshot(
            long writes,
            long bytesWritten,
            long reads,
            long bytesRead,
            long flushes,
            long wrongReads,
            long connections,
            Histogram writeMicros,
            Histogram readMicros,
            Histogram flushMicros) {

        /** Both together. */
        public Snapshot plus(Snapshot other) {
            return new Snapshot(
                    writes + other.writes,
                    bytesWritten + other.bytesWritten,
                    reads + other.reads,
                    bytesRead + other.bytesRead,
                    flushes + other.flushes,
                    wrongReads + other.wrongReads,
                    connections + other.connections,
                    sum(writeMicros, other.writeMicros),
                    sum(readMicros, other.readMicros),
                    sum(flushMicros, other.flushMicros));
        }

        private static Histogram sum(Histogram one, Histogram other) {
            Histogram sum = one.copy();
            sum.add(other);
            return sum;
        }
    }

    synchronized void sent(Operation operation, long nowNs) {
        if (!(operation instanceof Operation.Read)) {
            stalls.sent(nowNs);
        }
    }

    synchronized void completed(Operation operation, long startedNs, long nowNs) {
        if (!(operation instanceof Operation.Read)) {
            stalls.completed(nowNs);
        }
        long micros = Math.max(0, nowNs - startedNs) / 1000;
        switch (operation) {
            case Operation.Read read -> {
                reads++;
                bytesRead += read.length();
                readMicros.recordValue(micros);
            }
            case Operation.Write write -> {
                writes++;
                bytesWritten += write.length();
                writeMicros.recordValue(micros);
            }
            case Operation.Zero _, Operation.Trim _ -> {
                writes++;
                writeMicros.recordValue(micros);
            }
            case Operation.Flush _ -> {
                flushes++;
                flushMicros.recordValue(micros);
            }
        }
    }

    synchronized void wrongRead() {
        wrongReads++;
    }

    synchronized void connected() {
        connections++;
    }

    public synchronized Snapshot snapshot() {
        return new Snapshot(
                writes,
                bytesWritten,
                reads,
                bytesRead,
                flushes,
                wrongReads,
                connections,
                writeMicros.copy(),
                readMicros.copy(),
                flushMicros.copy());
    }

    /** Longest time in which writes waited and none was answered, of those that touch a span. */
    public synchronized long longestStallNs(long fromNs, long toNs) {
        return stalls.longestNs(fromNs, toNs);
    }
}
