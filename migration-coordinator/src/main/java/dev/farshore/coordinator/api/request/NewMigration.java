package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a VM's hand-over.
 *
 * @param to the site that takes over
 * @param mode {@code drain} if absent
 */
public record NewMigration(@Nullable String to, @Nullable String mode) {}
