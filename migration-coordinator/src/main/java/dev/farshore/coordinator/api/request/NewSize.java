package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for another size of a volume.
 *
 * @param force whether it may become smaller; not if absent
 */
public record NewSize(@Nullable Long sizeBytes, @Nullable Boolean force) {}
