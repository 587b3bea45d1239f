package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

/**
 * Asks for other settings of a volume; what is absent stays.
 *
 * @param durability {@code local}, {@code log} or {@code remote}
 * @param journalBytes size of the journals that are made from now on
 */
public record VolumeSettings(@Nullable String durability, @Nullable Long journalBytes) {}
