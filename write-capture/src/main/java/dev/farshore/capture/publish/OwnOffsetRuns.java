package dev.farshore.capture.publish;

import java.util.HashMap;
import java.util.Map;

/**
 * The newest run of offsets that this process alone has written, by partition of {@code
 * farshore.writes}: the acknowledged offsets of a run follow each other without a hole, over all
 * volumes that share the partition. A hole ends a run: another's record may lie there, or one of
 * ours that was never acknowledged. Threading: any thread.
 */
final class OwnOffsetRuns {
    private record Run(long firstOffset, long lastOffset) {}

    private final Map<Integer, Run> runs = new HashMap<>();

    /**
     * A record of ours lies at {@code offset}.
     *
     * @return where its run begins: from there to {@code offset} all records are ours
     */
    synchronized long acknowledged(int partition, long offset) {
        Run run = runs.get(partition);
        long firstOffset =
                run == null || offset != run.lastOffset() + 1 ? offset : run.firstOffset();
        runs.put(partition, new Run(firstOffset, offset));
        return firstOffset;
    }
}
