package dev.farshore.schemas.clock;

import java.util.Optional;

/** Tells how far the clock of a node is from that of this process. */
@FunctionalInterface
public interface Clocks {

    /**
     * @param micros the other clock minus ours
     * @param errorMicros by how much that may be wrong in either direction
     * @param readMicros when the other was read, since 1970 by itself
     */
    record Skew(long micros, long errorMicros, long readMicros) {}

    /** Empty while it has not been measured. */
    Optional<Skew> skewOf(String site, String node);
}
