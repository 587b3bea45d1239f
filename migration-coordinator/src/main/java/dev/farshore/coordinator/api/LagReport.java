package dev.farshore.coordinator.api;

import org.jspecify.annotations.Nullable;

/**
 * How far a site's image is behind the volume's log.
 *
 * @param retention null while it cannot be told
 */
public record LagReport(
        String volume,
        String vm,
        String site,
        String owner,
        long events,
        long bytes,
        double seconds,
        @Nullable RetentionReport retention) {}
