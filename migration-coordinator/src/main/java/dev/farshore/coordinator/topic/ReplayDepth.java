package dev.farshore.coordinator.topic;

/** How far before the end of a partition the reading of its topic begins. */
@FunctionalInterface
public interface ReplayDepth {

    /** All of it. */
    ReplayDepth ALL = partition -> Long.MAX_VALUE;

    /** In records, not negative; more than there are for all. */
    long records(int partition);
}
