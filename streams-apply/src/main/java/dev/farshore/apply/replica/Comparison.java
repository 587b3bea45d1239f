package dev.farshore.apply.replica;

import dev.farshore.apply.image.ImagePosition;

/**
 * Whether an image is a view of this very log: at the offset of the image's newest event the log
 * must have that event ({@code ReplicaNeverAheadOfLog}).
 *
 * <p>It does not after Kafka's data was restored from an older copy, or the topic was created anew.
 * Then other events may come with the seqs of those in the image; the image would take them for
 * duplicates and go on with a mixture. So the position an image was opened at is compared, and the
 * one it has when records come again from further back.
 *
 * <p>A log that has grown again past that offset is recognised by the event there. Only where
 * retention has removed that record nothing can be said.
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
