package dev.farshore.testkit.verify;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads an image as it stands. */
@FunctionalInterface
public interface ImageReader {
    /** Fills {@code into} from {@code offset}; never-written ranges read as zeroes. */
    void read(long offset, ByteBuffer into) throws IOException;
}
