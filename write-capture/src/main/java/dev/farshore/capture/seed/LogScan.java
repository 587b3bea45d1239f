package dev.farshore.capture.seed;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.function.Consumer;

/** Reads the events of a volume since its seed began, for a node that was restarted. */
@FunctionalInterface
public interface LogScan {
    /** Where there is no log to look into. */
    LogScan NONE =
            (vvol, partition, startedOffset, visitor) -> {
                throw new IOException("the log of %s can't be looked into here".formatted(vvol));
            };

    /**
     * Shows the events that count, in order, from behind a {@code SEED_STARTED} to the log's
     * present end.
     *
     * @param startedOffset of the {@code SEED_STARTED} in {@code farshore.writes}
     * @return the cursor at the end
     * @throws IOException if the log can't be read, or does not go back so far any more
     */
    LogCursor scan(String vvol, int partition, long startedOffset, Consumer<EventHeader> visitor)
            throws IOException;
}
