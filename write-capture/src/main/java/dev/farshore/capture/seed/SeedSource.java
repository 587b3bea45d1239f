package dev.farshore.capture.seed;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a seed is made from. As long as no event has touched a range since {@code SEED_STARTED}, the
 * source has its newest content. Threading: any number of threads read; one asks for extents.
 */
public interface SeedSource extends AutoCloseable {
    /** In whole sectors. */
    long sizeBytes();

    /** Fills {@code into}; beyond the end there are zeroes. */
    void read(long offset, ByteBuffer into) throws IOException;

    /** First allocated byte at or behind {@code from}; {@code end} if there is none before that. */
    long nextData(long from, long end) throws IOException;

    /** First byte at or behind {@code from} that is not; {@code end} if all before that are. */
    long nextHole(long from, long end) throws IOException;

    @Override
    void close();
}
