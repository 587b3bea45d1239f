package dev.farshore.node.images;

import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.Images;
import dev.farshore.schemas.event.FaultyCopy;

import java.util.List;

/**
 * The faulty copies of volumes at this node, for the site's other nodes and for operators. Standby
 * copies send no progress reports, so nothing else would tell.
 */
public final class FaultyCopies {
    private FaultyCopies() {}

    /** By volume, in order of their names; the same list while nothing changes. */
    public static List<FaultyCopy> of(Images images) {
        return images.statuses().stream()
                .filter(FaultyCopies::isFaulty)
                .map(FaultyCopies::copy)
                .toList();
    }

    /** Not one that takes an import as it takes all other events. */
    private static boolean isFaulty(ReplicaStatus status) {
        return switch (status.health()) {
            case OK -> false;
            case SEEDING -> status.applied().seed().isBase();
            case GAP, FAULTED, NEEDS_SEED, UNKNOWN -> true;
        };
    }

    private static FaultyCopy copy(ReplicaStatus status) {
        return new FaultyCopy(
                status.vvol(),
                status.partition(),
                status.health().name(),
                status.reason(),
                status.isActive());
    }
}
