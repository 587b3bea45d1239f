package dev.farshore.capture.read.latest;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.schemas.log.LogCursor;

/**
 * A site's image, read while its applier goes on. An image that is opened anew after a fault is
 * another object, and reads of this one fail. Threading: any thread.
 */
public interface ReplicaImage extends LocalImage {

    /**
     * Up to where an image has the log.
     *
     * @param cursor after the newest event applied
     * @param writesOffset of that event in {@code farshore.writes}; -1 before the first
     * @param sizeBytes of the volume after it
     */
    record ImageState(LogCursor cursor, long writesOffset, long sizeBytes) {}

    /** Every event up to it is visible to {@link #read}. */
    ImageState state();

    /**
     * Every record of the volume's partition up to this offset that counts for the volume is in the
     * image; -1 if none is.
     */
    long takenInOffset();

    /**
     * Whether what was read of a range, since {@link #state} was asked and named event {@code seq},
     * is the range after that very event: no later one has begun to change it. False also when that
     * is not known any more.
     */
    boolean isUntouchedSince(long seq, long offset, long length);

    /**
     * Up to which event a crash has left the image mixed; 0 if it is a state that the volume had.
     */
    long mixedUntilSeq();
}
