package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A volume: what should be, and what the sites report.
 *
 * @param vm empty while it has none
 * @param placement the node that should keep it, at the site that has it; empty for any
 */
public record VolumeReport(
        String name,
        String vm,
        long sizeBytes,
        String owner,
        int epoch,
        String phase,
        String durability,
        long journalBytes,
        int partition,
        String placement,
        Instant created,
        List<Image> images) {

    /**
     * One site's image.
     *
     * @param open the epoch it has applied is not sealed
     * @param epochNode the node that opened the epoch, and has its journal
     * @param endpoint NBD URI under which the site serves the volume; empty while it does not
     * @param notServed why the owner takes no writes; empty while it does, and at other sites
     * @param httpUrl where the node answers questions; empty if it does not
     * @param lag null while it cannot be told
     */
    public record Image(
            String site,
            String node,
            String health,
            String reason,
            int epoch,
            boolean open,
            String epochOwner,
            String epochNode,
            long appliedSeq,
            long hardenedSeq,
            long hardenedVmSeq,
            String endpoint,
            String notServed,
            String httpUrl,
            Instant reported,
            @Nullable LagReport lag) {}
}
