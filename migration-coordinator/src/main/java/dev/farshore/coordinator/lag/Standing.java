package dev.farshore.coordinator.lag;

/**
 * Where a site's image stands in a volume's log.
 *
 * @param endSeq newest event of the log that is known
 * @param hardenedSeq newest event that the image has hardened; 0 for an image that nobody reports
 * @param isReported whether a node has reported an image at all
 */
public record Standing(long endSeq, long hardenedSeq, boolean isReported) {}
