package dev.farshore.apply.image;

import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

/**
 * Where an image stands in its volume's log.
 *
 * @param cursor after the newest event in the image
 * @param writesOffset of that event in {@code farshore.writes}; -1 before the first
 * @param sizeBytes of the volume after that event
 * @param seed the newest seed up to that event
 */
public record Position(LogCursor cursor, long writesOffset, long sizeBytes, SeedMark seed) {
    /** Before the first event. */
    public static final Position START = new Position(LogCursor.START, -1, 0, SeedMark.NONE);

    public long seq() {
        return cursor.seq();
    }
}
