package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.Nullable;

/**
 * How far a site's image is from needing an event that retention has removed.
 *
 * @param state {@code OK}, {@code LOW} or {@code OVERTAKEN}
 * @param seconds left; null for no end
 * @param share of what the log keeps that is left, 0 to 1
 */
public record RetentionReport(String state, @Nullable Double seconds, double share) {}
