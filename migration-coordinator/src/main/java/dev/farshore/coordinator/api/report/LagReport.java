package dev.farshore.coordinator.api.report;

import com.fasterxml.jackson.annotation.JsonIgnore;

import org.jspecify.annotations.Nullable;

/**
 * How far a site's image is behind the volume's log.
 *
 * @param events null, as bytes and seconds are, while it is not known where the log ends
 * @param health of the image
 * @param reason why the health is not {@code OK}, or why the owner takes no writes, or what its
 *     journal has lost; else empty
 * @param retention null while it cannot be told
 * @param clock of the node that keeps the image; null while it cannot be told
 * @param unpublished at the owner's site; null elsewhere, and where it is not known
 * @param silentSeconds since that node was heard of last, if that is unusually long; else null
 */
public record LagReport(
        String volume,
        String vm,
        String site,
        String owner,
        @Nullable Long events,
        @Nullable Long bytes,
        @Nullable Double seconds,
        String health,
        String reason,
        @Nullable RetentionReport retention,
        @Nullable ClockReport clock,
        @Nullable Unpublished unpublished,
        @Nullable Double silentSeconds) {

    /** The image is known to have everything. */
    @JsonIgnore
    public boolean isNone() {
        return events != null && events == 0;
    }

    /** How far the image is behind, in seconds; 0 while that is not known. */
    @JsonIgnore
    public double knownSeconds() {
        return seconds == null ? 0 : seconds;
    }

    /**
     * Acknowledged by the owner's node, and not in the log yet: what its host's loss would cost.
     */
    public record Unpublished(long events, long bytes, double seconds) {}
}
