package dev.farshore.capture.read.latest;

import dev.farshore.schemas.log.LogEvent;

/**
 * A record of {@code farshore.writes}, not decoded yet.
 *
 * @param vvol its key
 * @param value an encoded {@link LogEvent}; never changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
public record LogRecord(String vvol, byte[] value) {
    private static final int OBJECT_BYTES = 96;

    /** What it takes in memory, about. */
    public int weightBytes() {
        return value.length + OBJECT_BYTES;
    }
}
