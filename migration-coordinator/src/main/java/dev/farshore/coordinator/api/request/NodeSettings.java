package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

/**
 * What should be of a node.
 *
 * @param drained whether the other nodes of its site are to have what it has
 */
public record NodeSettings(@Nullable Boolean drained) {}
