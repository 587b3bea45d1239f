package dev.farshore.apply.replica;

import java.util.concurrent.atomic.LongAdder;

/** What a node has applied since it started. Threading: any thread. */
public final class ApplyCounters {
    private final LongAdder events = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder fenced = new LongAdder();
    private final LongAdder records = new LongAdder();
    private final LongAdder restoredRecords = new LongAdder();

    public void countRecord() {
        records.increment();
    }

    public void countRestored(long count) {
        restoredRecords.add(count);
    }

    /**
     * @param payloadBytes of the event
     */
    public void countApplied(long payloadBytes) {
        events.increment();
        bytes.add(payloadBytes);
    }

    public void countDuplicate() {
        duplicates.increment();
    }

    public void countFenced() {
        fenced.increment();
    }

    /** Records of {@code farshore.writes} processed, all volumes, whatever became of them. */
    public long records() {
        return records.sum();
    }

    /** Those of {@link #records} that were read to restore an image or to keep a standby. */
    public long restoredRecords() {
        return restoredRecords.sum();
    }

    /** Events that changed an image's position. */
    public long events() {
        return events.sum();
    }

    /** Payload bytes of those. */
    public long bytes() {
        return bytes.sum();
    }

    /** Events seen before. */
    public long duplicates() {
        return duplicates.sum();
    }

    /** Events that were not valid where they stood in the log. */
    public long fenced() {
        return fenced.sum();
    }
}
