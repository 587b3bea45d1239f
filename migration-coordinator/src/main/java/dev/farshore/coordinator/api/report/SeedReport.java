package dev.farshore.coordinator.api.report;

/**
 * The newest seed of a volume, as one site's image knows it.
 *
 * @param id of the newest seed that the image has met; 0 for none
 * @param doneBytes of the source; told by the site that makes the seed
 * @param totalBytes what the source has allocated; 0 while that is not known
 * @param problem why a seed that was asked for does not go on; empty if it does
 */
public record SeedReport(
        long id, boolean finished, long doneBytes, long totalBytes, String problem) {}
