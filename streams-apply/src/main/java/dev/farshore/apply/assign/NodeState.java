package dev.farshore.apply.assign;

import java.util.Collection;
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
 * @param faulty partitions with a volume here that can't be applied. Their records are skipped, so
 *     lag alone would call such a copy caught up
 * @param isDrained whether it should have nothing that another node can have
 */
record NodeState<I>(
        I id,
        String name,
        int weight,
        Set<Integer> active,
        Map<Integer, Long> lags,
        Set<Integer> faulty,
        boolean isDrained) {
    static final long NO_IMAGES = Long.MAX_VALUE;

    boolean isActive(int partition) {
        return active.contains(partition);
    }

    /** 0 for a partition it answers for. */
    long lag(int partition) {
        return isActive(partition) ? 0 : lags.getOrDefault(partition, NO_IMAGES);
    }

    boolean hasImages(int partition) {
        return lag(partition) != NO_IMAGES;
    }

    boolean isFaulty(int partition) {
        return faulty.contains(partition);
    }

    /** How many of {@code partitions} have a faulty copy here. */
    long faultCount(Collection<Integer> partitions) {
        return partitions.stream().filter(this::isFaulty).count();
    }

    /** What its copy of a partition is worth: the lower, the better. */
    Worth worth(int partition) {
        if (!hasImages(partition)) {
            return Worth.NONE;
        }
        return isFaulty(partition) ? Worth.FAULTY : Worth.HEALTHY;
    }

    /** In order: a healthy copy that is behind is better than a faulty one, which stays behind. */
    enum Worth {
        HEALTHY,
        FAULTY,
        NONE
    }
}
