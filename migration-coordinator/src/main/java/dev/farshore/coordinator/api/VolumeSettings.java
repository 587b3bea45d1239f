package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks for other settings of a volume; what is absent stays.
 *
 * @param durability {@code local}, {@code log} or {@code remote}
 * @param journalBytes size of the journals that are made from now on
 * @param placement the node that should keep it, where its site has several; empty for any
 */
public record VolumeSettings(
        @Nullable String durability, @Nullable Long journalBytes, @Nullable String placement) {

    /** The placement stays. */
    public VolumeSettings(@Nullable String durability, @Nullable Long journalBytes) {
        this(durability, journalBytes, null);
    }
}
