package dev.farshore.capture.session;

import dev.farshore.schemas.event.VolumeSpec;

/**
 * Which node this is.
 *
 * @param site it belongs to
 * @param node its name
 * @param process a random number of this process: tells apart two processes that use one name, or
 *     copies of one data folder
 */
public record NodeIdentity(String site, String node, String process) {

    /** Whether it is our site that may write a volume. */
    public boolean isOwner(VolumeSpec spec) {
        return spec.getOwner().equals(site);
    }
}
