package dev.farshore.apply.assign;

import java.util.Optional;
import java.util.Set;

/**
 * Where partitions should be. The group's leader asks, so all nodes of a site must know the same.
 */
@FunctionalInterface
public interface Placement {
    /** No wishes. */
    Placement NONE = partition -> Optional.empty();

    /** Name of the node that an operator wants to answer for a partition; empty if any may. */
    Optional<String> nodeOf(int partition);

    /**
     * Whether volumes of a partition are written at this site. Then it does not move for the sake
     * of balance alone: its clients would have to follow it.
     */
    default boolean isWritten(int partition) {
        return false;
    }

    /**
     * Names of the nodes whose copies of a partition have a volume that can't be applied, as they
     * said last. A healthy copy is to answer in their place.
     */
    default Set<String> faultyAt(int partition) {
        return Set.of();
    }

    /**
     * Names of the nodes that are drained: they get nothing that another node can have, and keep
     * only what is written at this site until that is {@link #leaving}.
     */
    default Set<String> drained() {
        return Set.of();
    }

    /**
     * Partitions that leave the drained nodes now. To be asked once for each assignment: who is
     * asked may take it that these move.
     */
    default Set<Integer> leaving() {
        return Set.of();
    }

    /** The partitions that belong on one node with this one, itself among them. */
    default Set<Integer> together(int partition) {
        return Set.of(partition);
    }
}
