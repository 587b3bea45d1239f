package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a volume to be seeded anew, for sites that can't make their images from the log.
 *
 * @param bytesPerSecond limit; none if absent
 */
public record NewReseed(@Nullable Long bytesPerSecond) {}
