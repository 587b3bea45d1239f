package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A node, as it has said last.
 *
 * @param version of its build; empty if it has stopped or does not say
 * @param since when it was started; null if that is not known
 * @param drained whether the site's other nodes are to have what it has
 * @param written the volumes that are written at it
 * @param activeCopies images with which it answers for the site
 * @param hotCopies images that follow another node of the site
 * @param health {@code OK}, or what is wrong
 * @param silentSeconds for how long it has not been heard of; null if that is not known
 * @param remaining if it is drained, what is still written there
 */
public record NodeReport(
        String site,
        String node,
        String version,
        @Nullable Instant since,
        boolean drained,
        List<String> written,
        int activeCopies,
        int hotCopies,
        String health,
        @Nullable Double silentSeconds,
        List<Remaining> remaining) {

    /**
     * A volume that is still written at a drained node.
     *
     * @param reason what it waits for
     * @param stuck whether it stays until somebody does something about that
     */
    public record Remaining(String volume, String vm, String reason, boolean stuck) {}
}
