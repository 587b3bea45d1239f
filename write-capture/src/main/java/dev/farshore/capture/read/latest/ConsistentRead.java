package dev.farshore.capture.read.latest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads again what an applier changed meanwhile: first the whole range, then block by block, as a
 * smaller range is less likely to change while it is read.
 */
final class ConsistentRead {
    private static final int BLOCK_BYTES = 4096;
    private static final int ATTEMPTS_AS_A_WHOLE = 8;

    private ConsistentRead() {}

    /** Reads once. */
    interface Attempt {
        /** Returns whether nothing changed while it was read. */
        boolean read(long offset, ByteBuffer into) throws IOException;
    }

    /**
     * Fills {@code into}: each 4 KiB block as of one moment.
     *
     * @throws IOException if a block kept changing for {@code patience}
     */
    static void read(long offset, ByteBuffer into, Duration patience, Attempt attempt)
            throws IOException {
        int start = into.position();
        int length = into.remaining();
        for (int count = 0; count < ATTEMPTS_AS_A_WHOLE; count++) {
            if (attempt.read(offset, into.slice(start, length))) {
                into.position(start + length);
                return;
            }
        }
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        for (int done = 0; done < length; ) {
            long at = offset + done;
            int bytes = (int) Math.min(length - done, BLOCK_BYTES - at % BLOCK_BYTES);
            while (!attempt.read(at, into.slice(start + done, bytes))) {
                if (System.nanoTime() > deadlineNanos) {
                    throw new IOException(
                            "the block at %d changed whenever it was read, for %d s"
                                    .formatted(at, patience.toSeconds()));
                }
            }
            done += bytes;
        }
        into.position(start + length);
    }
}
