package dev.farshore.coordinator.api;

/** How far a site's image is behind the volume's log. */
public record LagReport(
        String volume,
        String vm,
        String site,
        String owner,
        long events,
        long bytes,
        double seconds) {}
