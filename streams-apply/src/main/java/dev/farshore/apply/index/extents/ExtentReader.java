package dev.farshore.apply.index.extents;

import dev.farshore.apply.index.packed.PackedReader;

import java.io.IOException;

/** Reads what an {@link ExtentWriter} wrote. Threading: none of its own. */
final class ExtentReader {
    private final PackedReader in;
    private long start;
    private long end;
    private long seq;

    ExtentReader(PackedReader in) {
        this.in = in;
    }

    /**
     * Goes to the next extent.
     *
     * @return whether there is one
     */
    boolean next() throws IOException {
        long length = in.number();
        if (length == 0) {
            return false;
        }
        seq += in.signed();
        start = end + in.number();
        end = start + length;
        if (length < 0 || start < 0 || end > ExtentMap.MAX_SECTORS || seq <= 0) {
            throw new IOException(
                    "an extent of %d sectors at %d of event %d".formatted(length, start, seq));
        }
        return true;
    }

    long start() {
        return start;
    }

    long end() {
        return end;
    }

    long seq() {
        return seq;
    }
}
