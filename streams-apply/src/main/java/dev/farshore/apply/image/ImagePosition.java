package dev.farshore.apply.image;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

/**
 * Where an image stands in its volume's log.
 *
 * @param cursor after the newest event in the image
 * @param writesOffset of that event in {@code farshore.writes}; -1 before the first
 * @param sizeBytes of the volume after that event
 * @param seed the newest seed up to that event
 * @param captureMicros of that event: with its seq and epoch it tells two histories apart; 0 if
 *     that is not known, as of images of an earlier version
 */
public record ImagePosition(
        LogCursor cursor, long writesOffset, long sizeBytes, SeedMark seed, long captureMicros) {
    /** Before the first event. */
    public static final ImagePosition START =
            new ImagePosition(LogCursor.START, -1, 0, SeedMark.NONE, 0);

    /**
     * Whether {@code event}, which is in the log at {@link #writesOffset}, is the one this position
     * is after.
     */
    public boolean isAfter(EventHeader event) {
        return event.seq() == cursor.seq()
                && event.epoch() == cursor.epoch()
                && (captureMicros == 0 || event.captureMicros() == captureMicros);
    }

    public long seq() {
        return cursor.seq();
    }
}
