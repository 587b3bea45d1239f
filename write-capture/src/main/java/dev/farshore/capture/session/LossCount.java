package dev.farshore.capture.session;

/**
 * What a volume's journals have lost since the node's start.
 *
 * @param unflushed how often writes were lost that were acknowledged and not flushed
 * @param flushed how often writes were lost that were flushed
 * @param newest the newest loss in words; empty if there was none
 */
public record LossCount(long unflushed, long flushed, String newest) {
    public static final LossCount NONE = new LossCount(0, 0, "");

    LossCount plusUnflushed(String reason) {
        return new LossCount(unflushed + 1, flushed, reason);
    }

    LossCount plusFlushed(String reason) {
        return new LossCount(unflushed, flushed + 1, reason);
    }
}
