package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks for other settings of a volume; what is absent stays.
 *
 * @param durability {@code local}, {@code log} or {@code remote}
 * @param journalBytes size of the journals that are made from now on
 * @param autoReseed whether the owner seeds it anew when a site needs that
 */
public record VolumeSettings(
        @Nullable String durability, @Nullable Long journalBytes, @Nullable Boolean autoReseed) {

    /** Leaves it as it is whether the owner seeds by itself. */
    public VolumeSettings(@Nullable String durability, @Nullable Long journalBytes) {
        this(durability, journalBytes, null);
    }
}
