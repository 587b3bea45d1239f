package dev.farshore.schemas.clock;

import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.UnservedVolume;

import java.util.List;

/**
 * What a node says of itself with its clock.
 *
 * @param faultyCopies copies of volumes that are not well
 * @param unserved volumes that it should take writes of, and can't
 * @param maxImageBytes the longest image that its file system can hold; 0 if it is not known
 * @param activePartitions those that it answers for, in order
 * @param hotPartitions those of which it has hot copies, in order
 */
public record NodeCondition(
        List<FaultyCopy> faultyCopies,
        List<UnservedVolume> unserved,
        long maxImageBytes,
        List<Integer> activePartitions,
        List<Integer> hotPartitions) {
    /** Nothing to tell. */
    public static final NodeCondition NONE = new NodeCondition(List.of(), List.of(), 0);

    public NodeCondition {
        faultyCopies = List.copyOf(faultyCopies);
        unserved = List.copyOf(unserved);
        activePartitions = List.copyOf(activePartitions);
        hotPartitions = List.copyOf(hotPartitions);
    }

    /** Of a node that has no partitions yet. */
    public NodeCondition(
            List<FaultyCopy> faultyCopies, List<UnservedVolume> unserved, long maxImageBytes) {
        this(faultyCopies, unserved, maxImageBytes, List.of(), List.of());
    }
}
