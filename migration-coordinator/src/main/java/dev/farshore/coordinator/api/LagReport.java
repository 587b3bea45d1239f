package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

/**
 * How far a site's image is behind the volume's log.
 *
 * @param health of the image
 * @param reason why the health is not {@code OK}, or why the owner takes no writes, or what its
 *     journal has lost; else empty
 * @param retention null while it cannot be told
 * @param clock of the node that keeps the image; null while it cannot be told
 */
public record LagReport(
        String volume,
        String vm,
        String site,
        String owner,
        long events,
        long bytes,
        double seconds,
        String health,
        String reason,
        @Nullable RetentionReport retention,
        @Nullable ClockReport clock) {}
