package dev.farshore.schemas.codec;

import org.jspecify.annotations.Nullable;

/**
 * Reuses arrays to encode records into, so a later record overwrites an earlier one. For a sender
 * whose client has copied the record when its send returns. A record must be an array of exactly
 * its size, so one array is kept for each recent size; the sizes of one volume's writes differ by a
 * few bytes, as numbers grow. Give each topic its own space: sizes that differ by a multiple of 64
 * bytes share a slot.
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
