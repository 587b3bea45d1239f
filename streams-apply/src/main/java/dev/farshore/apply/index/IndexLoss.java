package dev.farshore.apply.index;

import org.jspecify.annotations.Nullable;

/**
 * That a part of a volume's index that was on disk is lost. Unlike a gap this says nothing about
 * the log: the node's next start makes the index anew.
 *
 * <p>Threading: readers, too, find losses; the updating thread acts on them.
 */
final class IndexLoss {
    private volatile String reason = "";

    /** Where headers must be read again; null until the updating thread knows of the loss. */
    private @Nullable ResumePoint resumePoint;

    boolean isFound() {
        return !reason.isEmpty();
    }

    /** Empty if nothing is lost. */
    String reason() {
        return reason;
    }

    /** For any thread. */
    void find(Exception e) {
        reason = String.valueOf(e.getMessage());
    }

    /** Nobody can use the index any more. */
    void close() {
        reason = "the index of this node is closed";
    }

    /** On the updating thread, as what follows: the loss was acted on. */
    void resumeAt(ResumePoint point) {
        resumePoint = point;
    }

    @Nullable ResumePoint resumePoint() {
        return resumePoint;
    }
}
