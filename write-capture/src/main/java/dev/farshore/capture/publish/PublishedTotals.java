package dev.farshore.capture.publish;

import java.util.concurrent.atomic.LongAdder;

/**
 * What all in-sync replicas of {@code farshore.writes} have got from this node since its start.
 * Threading: any thread.
 */
public final class PublishedTotals {
    private final LongAdder events = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void acknowledged(int recordBytes) {
        events.increment();
        bytes.add(recordBytes);
    }

    public long events() {
        return events.sum();
    }

    /** Of their records, before they are compressed. */
    public long bytes() {
        return bytes.sum();
    }
}
