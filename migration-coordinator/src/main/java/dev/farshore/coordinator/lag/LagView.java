package dev.farshore.coordinator.lag;

import java.util.Optional;

/** Tells how far an image is behind. */
@FunctionalInterface
public interface LagView {

    /**
     * Empty while it cannot be told: the log has not been read to the end found at the start, or
     * nobody knows where the volume's ends.
     */
    Optional<Lag> lag(String vvol, String site, long nowMicros);

    /** The same for what the image has applied, hardened or not, as its node reported last. */
    default Optional<AppliedLag> applied(String vvol, String site, long nowMicros) {
        return Optional.empty();
    }

    /**
     * What a site's node has acknowledged to the guest and the log has not: no lag counts it, and
     * the loss of the node's host would cost it. Empty where that is not told.
     */
    default Optional<Lag> unpublished(String vvol, String site, long nowMicros) {
        return Optional.empty();
    }
}
