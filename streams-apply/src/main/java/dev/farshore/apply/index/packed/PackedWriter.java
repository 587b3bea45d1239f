package dev.farshore.apply.index.packed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes numbers as LEB128: seven bits a byte, the lowest first, the eighth bit set in all bytes
 * but the last.
 *
 * <p>Threading: none of its own. Whoever has written all calls {@link #flush}.
 */
public final class PackedWriter {
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int LONGEST_NUMBER_BYTES = 10;

    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int count;

    public PackedWriter(OutputStream out) {
        this.out = out;
    }

    /** Writes a number that is seldom negative: then it takes ten bytes. */
    public void number(long value) throws IOException {
        if (count > BUFFER_BYTES - LONGEST_NUMBER_BYTES) {
            flush();
        }
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[count++] = (byte) (rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        buffer[count++] = (byte) rest;
    }

    /** Writes a number that is small, above or below zero. */
    public void signed(long value) throws IOException {
        number(value << 1 ^ value >> 63);
    }

    public void text(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        flush();
        out.write(bytes);
    }

    /** Hands over what was written so far. */
    public void flush() throws IOException {
        out.write(buffer, 0, count);
        count = 0;
    }
}
