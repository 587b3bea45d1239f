package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a VM's writes to be slowed; without a limit they are not.
 *
 * @param writesPerSecond discards and zeroings count as writes of no bytes
 */
public record NewThrottle(@Nullable Long bytesPerSecond, @Nullable Long writesPerSecond) {}
