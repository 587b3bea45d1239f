package dev.farshore.coordinator.lag;

import java.util.Optional;

/** Tells how far an image is behind. */
@FunctionalInterface
public interface LagView {

    /**
     * Empty while it cannot be told: the log has not been read to the end found at the start, or
     * nothing is known of the volume.
     */
    Optional<Lag> lag(String vvol, String site, long nowMicros);
}
