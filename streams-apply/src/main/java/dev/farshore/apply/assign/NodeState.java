package dev.farshore.apply.assign;

import java.util.Map;
import java.util.Set;

/**
 * A node as it was before a rebalance.
 *
 * @param id what Kafka Streams knows it by
 * @param name the operator's name for it
 * @param weight how much it can take, in threads
 * @param active partitions it answered for
 * @param lags by partition: how many records its images are behind; absent where it has none
 */
record NodeState<I>(I id, String name, int weight, Set<Integer> active, Map<Integer, Long> lags) {
    static final long NO_IMAGES = Long.MAX_VALUE;

    boolean isActive(int partition) {
        return active.contains(partition);
    }

    /** 0 for a partition it answers for. */
    long lag(int partition) {
        return isActive(partition) ? 0 : lags.getOrDefault(partition, NO_IMAGES);
    }
}
