package dev.farshore.apply.index.packed;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads what a {@link PackedWriter} wrote. Threading: none of its own. */
public final class PackedReader {
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int LONGEST_TEXT_BYTES = 1 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int at;
    private int end;

    public PackedReader(InputStream in) {
        this.in = in;
    }

    /**
     * @throws EOFException if it ends here or within the number
     */
    public long number() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = next();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IOException("a number of more than 64 bits");
    }

    public long signed() throws IOException {
        long value = number();
        return value >>> 1 ^ -(value & 1);
    }

    public String text() throws IOException {
        long length = number();
        if (length < 0 || length > LONGEST_TEXT_BYTES) {
            throw new IOException("a text of %d bytes".formatted(length));
        }
        byte[] bytes = new byte[(int) length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = next();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private byte next() throws IOException {
        if (at == end) {
            at = 0;
            end = in.read(buffer);
            if (end <= 0) {
                end = 0;
                throw new EOFException("it ends too early");
            }
        }
        return buffer[at++];
    }
}
