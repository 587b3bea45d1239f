package dev.farshore.coordinator.api.report;

import java.util.List;

/**
 * A site that was removed.
 *
 * @param volumes of which it had reported images
 * @param nodes that had measured their clocks
 */
public record ForgottenSite(String site, List<String> volumes, List<String> nodes) {
    public ForgottenSite {
        volumes = List.copyOf(volumes);
        nodes = List.copyOf(nodes);
    }
}
