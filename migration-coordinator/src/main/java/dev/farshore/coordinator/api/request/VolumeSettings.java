package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for other settings of a volume; what is absent stays.
 *
 * @param durability {@code local}, {@code log} or {@code remote}
 * @param journalBytes size of the journals that are made from now on
 * @param placement the node that should keep it, where its site has several; empty for any
 * @param autoReseed whether the owner seeds it anew when a site needs that
 */
public record VolumeSettings(
        @Nullable String durability,
        @Nullable Long journalBytes,
        @Nullable String placement,
        @Nullable Boolean autoReseed) {

    /** The rest stays as it is. */
    public VolumeSettings(@Nullable String durability, @Nullable Long journalBytes) {
        this(durability, journalBytes, null, null);
    }
}
