package dev.farshore.apply.assign;

import java.util.Optional;

/**
 * Where an operator wants partitions to be. The node that leads the group asks, so all nodes of a
 * site must know the same.
 */
@FunctionalInterface
public interface Placement {
    /** No wishes. */
    Placement NONE = partition -> Optional.empty();

    /** Name of the node that should answer for a partition; empty if any may. */
    Optional<String> nodeOf(int partition);
}
