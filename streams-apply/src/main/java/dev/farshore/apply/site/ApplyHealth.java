package dev.farshore.apply.site;

/**
 * Whether a node applies the log.
 *
 * @param isApplying it has its partitions and follows them
 * @param text how it is, for people
 * @param restarts how often the site application was started anew since the process started
 */
public record ApplyHealth(boolean isApplying, String text, long restarts) {}
