package dev.farshore.nbd.transmission;

import java.nio.ByteBuffer;

/** Finds out whether data is all zero. */
final class Zeroes {
    private static final int STEP_BYTES = 4096;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(STEP_BYTES);

    private Zeroes() {}

    /** Whether {@code data} is nothing but zeroes, from its position to its limit. */
    static boolean fill(ByteBuffer data) {
        int start = data.position();
        int count = data.remaining();
        // Most data shows at either end that it is not.
        if (count >= Long.BYTES
                && (data.getLong(start) | data.getLong(start + count - Long.BYTES)) != 0) {
            return false;
        }
        for (int done = 0; done < count; done += STEP_BYTES) {
            int step = Math.min(STEP_BYTES, count - done);
            if (data.slice(start + done, step).mismatch(ZEROES.slice(0, step)) >= 0) {
                return false;
            }
        }
        return true;
    }
}
