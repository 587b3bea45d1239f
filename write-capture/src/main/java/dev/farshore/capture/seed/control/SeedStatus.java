package dev.farshore.capture.seed.control;

/**
 * How a volume's seed is getting on.
 *
 * @param doneBytes of the source
 * @param totalBytes what the source has allocated; 0 while that is not known
 * @param problem why a seed that was asked for does not go on; empty if it does, or none was
 */
public record SeedStatus(long doneBytes, long totalBytes, String problem) {
    /** No seed is made here, and none waits. */
    public static final SeedStatus NONE = new SeedStatus(0, 0, "");
}
