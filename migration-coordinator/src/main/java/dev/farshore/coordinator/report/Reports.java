package dev.farshore.coordinator.report;

/** What is told of volumes and migrations. */
public record Reports(VolumeReports volumes, MigrationReports migrations) {}
