package dev.farshore.capture.session;

import dev.farshore.schemas.event.VolumeSpec;

/**
 * The size that a spec asks for. A size alone never makes a volume smaller: it may be an old one,
 * and what is cut off is lost. That takes an order to shrink, which names the size it is for.
 */
public final class RequestedSize {

    /**
     * @param presentBytes the volume's size by the log; not positive while it has none
     */
    public static long bytes(VolumeSpec wanted, long presentBytes) {
        return isRefused(wanted, presentBytes) ? presentBytes : wanted.getSizeBytes();
    }

    /** Whether the spec names a smaller size, and is no order to shrink. */
    static boolean isRefused(VolumeSpec wanted, long presentBytes) {
        return wanted.getSizeBytes() < presentBytes && presentBytes > wanted.getShrinkFromBytes();
    }

    private RequestedSize() {}
}
