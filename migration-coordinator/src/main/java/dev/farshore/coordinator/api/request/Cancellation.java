package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a migration to be given up.
 *
 * @param force also where the target may have opened already, so that what it acknowledged and the
 *     log does not have is lost; not if absent
 */
public record Cancellation(@Nullable Boolean force) {}
