package dev.farshore.capture.pressure;

import java.util.concurrent.atomic.LongAdder;

/** Writes to one volume since the node's start, and how long a limit held their replies back. */
public final class WriteCounters {
    private static final long SAMPLE_NANOS = 1_000_000_000;

    private final LongAdder writes = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder heldWrites = new LongAdder();
    private final LongAdder heldNanos = new LongAdder();

    // Of the last sample; guarded by this object.
    private boolean isSampled;
    private long sampledAtNanos;
    private long sampledWrites;
    private long sampledBytes;
    private WriteRates rates = WriteRates.NONE;

    /**
     * Present rates, and totals of held replies.
     *
     * @param heldWrites writes whose replies a limit held back, since the node's start
     * @param heldMicros how long they were held, added up
     */
    public record WriteRates(
            long bytesPerSecond, long writesPerSecond, long heldWrites, long heldMicros) {
        static final WriteRates NONE = new WriteRates(0, 0, 0, 0);
    }

    void wrote(long writtenBytes) {
        writes.increment();
        bytes.add(writtenBytes);
    }

    void held(long nanos) {
        heldWrites.increment();
        heldNanos.add(nanos);
    }

    public long writes() {
        return writes.sum();
    }

    public long bytes() {
        return bytes.sum();
    }

    public long heldWrites() {
        return heldWrites.sum();
    }

    public long heldNanos() {
        return heldNanos.sum();
    }

    /** Over the last second or more; a new answer at most once a second. */
    public synchronized WriteRates rates(long nowNanos) {
        long elapsedNanos = nowNanos - sampledAtNanos;
        if (isSampled && elapsedNanos < SAMPLE_NANOS) {
            return rates;
        }
        long writesNow = writes();
        long bytesNow = bytes();
        if (isSampled) {
            double perSecond = 1e9 / elapsedNanos;
            rates =
                    new WriteRates(
                            Math.round((bytesNow - sampledBytes) * perSecond),
                            Math.round((writesNow - sampledWrites) * perSecond),
                            heldWrites(),
                            heldNanos() / 1_000);
        }
        isSampled = true;
        sampledAtNanos = nowNanos;
        sampledWrites = writesNow;
        sampledBytes = bytesNow;
        return rates;
    }
}
