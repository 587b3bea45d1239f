package dev.farshore.coordinator.api.report;

import java.util.List;

/**
 * How the coordinator is.
 *
 * @param status {@code ready}, or what is in its way
 * @param warnings what the topics' settings put at risk, a sentence each
 */
public record HealthReport(String status, List<String> warnings) {}
