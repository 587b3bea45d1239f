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
 * @param applied what the image has not applied, hardened or not; null while it is not known
 * @param state {@code OK}, {@code SLOW}, {@code STALLED}, {@code STOPPED} or {@code UNKNOWN}, by
 *     how the lag has changed lately; null from a coordinator that does not tell
 * @param rpoSeconds age of the oldest acknowledged write that the image lacks; null at the owner's
 *     site, and where it is not known
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
        @Nullable Double silentSeconds,
        @Nullable Applied applied,
        @Nullable String state,
        @Nullable Double rpoSeconds) {

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
     * What an image has not applied, as its node reported last.
     *
     * @param bytes null from a node that does not tell them
     */
    public record Applied(long events, @Nullable Long bytes, double seconds) {}

    /**
     * Acknowledged by the owner's node, and not in the log yet: what its host's loss would cost.
     */
    public record Unpublished(long events, long bytes, double seconds) {}
}
