package dev.farshore.coordinator.volume;

import java.util.List;

/** Removes what sites have said of themselves from compacted topics. */
@FunctionalInterface
public interface SiteRemoval {

    /**
     * @param partition it was written to
     */
    record Said(String topic, int partition, String key) {}

    /** Returns once that is acknowledged by all in-sync replicas, and known here. */
    void remove(List<Said> said);
}
