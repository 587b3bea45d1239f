package dev.farshore.schemas.codec;

import org.jspecify.annotations.Nullable;

/**
 * Arrays to encode records into, used again: what a record is encoded into is overwritten by a
 * later one. For a sender whose client has copied the record when its send returns. Records have to
 * be arrays of exactly their size, so there is one for each size that was used lately; those of one
 * volume's writes differ by a few bytes, as numbers grow. Give each topic a space of its own: sizes
 * that are a multiple of 64 bytes apart share a place.
 *
 * <p>Threading: one thread.
 */
public final class RecordSpace {
    private static final int SIZES = 64;

    private final byte[] @Nullable [] arrays = new byte[SIZES][];

    private final RecordWriter writer = new RecordWriter();

    RecordWriter writer() {
        return writer;
    }

    byte[] array(int bytes) {
        int slot = bytes & (SIZES - 1);
        byte[] array = arrays[slot];
        if (array == null || array.length != bytes) {
            array = new byte[bytes];
            arrays[slot] = array;
        }
        return array;
    }
}
