package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A volume: what should be, and what the sites report.
 *
 * @param vm empty while it has none
 * @param placement the node that should keep it, at the site that has it; empty for any
 * @param autoReseed whether the owner seeds it anew when a site needs that
 * @param importing the disk image that is being brought in; empty if none is
 * @param faultyCopies the faulty copies of all nodes, standby copies among them, which {@code
 *     images} does not list
 * @param notServed why nodes of the owner can't take writes, also where there is no image yet
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
        boolean autoReseed,
        String importing,
        List<Image> images,
        List<FaultyCopy> faultyCopies,
        List<NotServed> notServed) {

    /** A coordinator before this release tells of neither. */
    public VolumeReport {
        faultyCopies = faultyCopies == null ? List.of() : List.copyOf(faultyCopies);
        notServed = notServed == null ? List.of() : List.copyOf(notServed);
    }

    /**
     * A node that should take the volume's writes and can't.
     *
     * @param told when the node said so, by its own clock
     */
    public record NotServed(String site, String node, String reason, Instant told) {}

    /**
     * A node's faulty copy.
     *
     * @param active false for a hot copy, which follows another node of the site
     * @param told when the node said so, by its own clock
     */
    public record FaultyCopy(
            String site, String node, boolean active, String health, String reason, Instant told) {}

    /**
     * One site's image.
     *
     * @param open the epoch it has applied is not sealed
     * @param epochNode the node that opened the epoch, and has its journal
     * @param endpoint NBD URI under which the site serves the volume; empty while it does not
     * @param notServed why the owner takes no writes; empty while it does, and at other sites
     * @param httpUrl where the node answers questions; empty if it does not
     * @param clients connections that have the volume open to write; null where that is not told
     * @param lag null while it cannot be told
     * @param seed the newest that the image knows of; null from a coordinator that tells none
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
            @Nullable Integer clients,
            Instant reported,
            @Nullable LagReport lag,
            @Nullable SeedReport seed) {}
}
