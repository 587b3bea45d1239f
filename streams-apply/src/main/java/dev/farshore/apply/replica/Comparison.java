package dev.farshore.apply.replica;

import dev.farshore.apply.image.ImagePosition;

/**
 * That an image is a view of this very log: whether the log has, at the offset of the image's
 * newest event, that event ({@code ReplicaNeverAheadOfLog}).
 *
 * <p>It has not where Kafka's data was put back from an older copy, or the topic was made anew.
 * Then events may come that have the seqs of those in the image, and are others; the image would
 * take them for what it has, and go on with a mixture. So the position that an image was opened at
 * is compared, and the one it has when records come again from further back.
 *
 * <p>A log that has grown again past that offset is told apart by the event that is there. Only
 * where retention has taken that record nothing can be said.
 */
public sealed interface Comparison {

    /** There is nothing to compare, or it has been. */
    record Done() implements Comparison {}

    /**
     * It has to be compared yet.
     *
     * @param position of the image, before anything was applied to it from the log in question
     */
    record Wanted(ImagePosition position) implements Comparison {}

    /** The log does not have the event. For the store's thread to act on. */
    record Failed(ImagePosition position, String why) implements Comparison {}
}
