package dev.farshore.capture.seed;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a seed is made from. The source has the newest content of every range that no event has
 * touched since {@code SEED_STARTED}. Threading: any number of threads read; one asks for extents.
 */
public interface SeedSource extends AutoCloseable {
    /** In whole sectors. */
    long sizeBytes();

    /** Fills {@code into}; beyond the end there are zeroes. */
    void read(long offset, ByteBuffer into) throws IOException;

    /** First allocated byte from {@code from} on; {@code end} if there is none before that. */
    long nextData(long from, long end) throws IOException;

    /**
     * First byte from {@code from} on that is not allocated; {@code end} if all before that are.
     */
    long nextHole(long from, long end) throws IOException;

    @Override
    void close();
}
