package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A VM and its volumes.
 *
 * @param migration the one that is moving it now
 * @param throttle null of a coordinator that does not know it
 */
public record VmReport(
        String name,
        String owner,
        @Nullable String migration,
        List<VolumeReport> volumes,
        @Nullable ThrottleReport throttle) {}
