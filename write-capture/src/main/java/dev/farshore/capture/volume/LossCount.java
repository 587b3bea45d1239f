package dev.farshore.capture.volume;

/**
 * What a volume's journals have lost since the node's start.
 *
 * @param unflushed how often what was acknowledged and not flushed
 * @param flushed how often what was flushed
 * @param newest the newest of them in words; empty where there was none
 */
public record LossCount(long unflushed, long flushed, String newest) {
    static final LossCount NONE = new LossCount(0, 0, "");

    LossCount plusUnflushed(String reason) {
        return new LossCount(unflushed + 1, flushed, reason);
    }

    LossCount plusFlushed(String reason) {
        return new LossCount(unflushed, flushed + 1, reason);
    }
}
