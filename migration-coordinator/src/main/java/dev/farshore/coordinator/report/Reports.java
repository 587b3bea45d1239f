package dev.farshore.coordinator.report;

/** What is told of volumes, migrations and nodes. */
public record Reports(VolumeReports volumes, MigrationReports migrations, NodeReports nodes) {}
