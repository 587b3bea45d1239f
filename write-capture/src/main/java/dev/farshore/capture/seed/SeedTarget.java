package dev.farshore.capture.seed;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A volume as its seed writes it. Threading: {@link #append} and {@link #finish} by the seed's own
 * thread; the others as said.
 */
public interface SeedTarget {
    /**
     * Appends {@code SEED_STARTED}; from then on every event is put into {@code touched}. By the
     * volume's keeper.
     *
     * @return its seq; -1 when the journal has no room, and nothing was done
     * @throws SeedRefusedException if {@code isImport} and the volume has data
     */
    long start(String note, boolean isImport, TouchedRanges touched) throws IOException;

    /**
     * Appends the parts of a range that no event has touched.
     *
     * @param data as the source had it when it was read, at some time since {@link #start}
     * @return false if not all of it could be appended now; try again with the same data
     */
    boolean append(long offset, ByteBuffer data) throws IOException;

    /**
     * Appends {@code SEED_FINISHED}.
     *
     * @return false if it could not be now
     */
    boolean finish(String note) throws IOException;

    /** Whether guests' writes leave room for a piece of the seed now. */
    boolean hasRoom();

    /** Reads the volume's newest content. Any thread. */
    void read(long offset, ByteBuffer into) throws IOException;

    /** Newest event that this site's image has applied. Any thread. */
    long appliedSeq();
}
