package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a disk image to become a volume's content.
 *
 * @param path absolute, at the node of the owner's site that keeps the volume
 * @param format {@code raw} or {@code qcow2}; {@code raw} if absent
 * @param bytesPerSecond limit; none if absent
 */
public record NewImport(
        @Nullable String path, @Nullable String format, @Nullable Long bytesPerSecond) {}
