package dev.farshore.coordinator.api.report;

/**
 * How a VM's writes are slowed, over all its volumes.
 *
 * @param bytesPerSecond what should be; 0 for no limit
 * @param writesPerSecond likewise
 * @param effect as the owner's node reported it last
 */
public record ThrottleReport(long bytesPerSecond, long writesPerSecond, Effect effect) {

    /**
     * What comes of it.
     *
     * @param bytesPerSecond limit in force; 0 for none
     * @param writesPerSecond likewise
     * @param writtenBytesPerSecond what the VM writes; 0 without a limit in force
     * @param writtenPerSecond writes of that; likewise
     * @param heldWrites whose replies were held back, since the node's start
     * @param heldSeconds for how long, added up
     */
    public record Effect(
            long bytesPerSecond,
            long writesPerSecond,
            long writtenBytesPerSecond,
            long writtenPerSecond,
            long heldWrites,
            double heldSeconds) {}

    /** Whether there should be a limit. */
    public boolean isThrottled() {
        return bytesPerSecond > 0 || writesPerSecond > 0;
    }
}
