package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a volume.
 *
 * @param site its first owner
 * @param durability {@code local}, {@code log} or {@code remote}; {@code log} if absent
 * @param journalBytes size of the owner's journal; a default if absent
 * @param placement the node that should keep it, at a site with several; any if absent
 * @param from a disk image that is its content from the first moment on; empty if absent
 */
public record NewVolume(
        @Nullable String name,
        @Nullable Long sizeBytes,
        @Nullable String site,
        @Nullable String durability,
        @Nullable Long journalBytes,
        @Nullable String placement,
        @Nullable NewImport from) {

    /** Kept by any node, and empty. */
    public NewVolume(
            @Nullable String name,
            @Nullable Long sizeBytes,
            @Nullable String site,
            @Nullable String durability,
            @Nullable Long journalBytes) {
        this(name, sizeBytes, site, durability, journalBytes, null, null);
    }
}
