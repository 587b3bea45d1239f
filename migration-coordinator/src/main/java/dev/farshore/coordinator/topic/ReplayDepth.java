package dev.farshore.coordinator.topic;

/** How far before its end the reading of a partition begins. */
@FunctionalInterface
public interface ReplayDepth {

    /** All of it. */
    ReplayDepth ALL = partition -> Long.MAX_VALUE;

    /** In records, not negative; more than there are for all. */
    long records(int partition);
}
