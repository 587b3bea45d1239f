package dev.farshore.schemas.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** A SHA-256: 32 bytes, big endian, as a value that can be compared. */
public record Sha256(long first, long second, long third, long fourth) {
    public static final int BYTES = 32;

    /** What stands where there is nothing before. */
    public static final Sha256 ZERO = new Sha256(0, 0, 0, 0);

    /** The 32 bytes at {@code offset}. */
    public static Sha256 of(byte[] bytes, int offset) {
        ByteBuffer from = ByteBuffer.wrap(bytes, offset, BYTES).slice().order(ByteOrder.BIG_ENDIAN);
        return new Sha256(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    public byte[] bytes() {
        byte[] bytes = new byte[BYTES];
        putInto(ByteBuffer.wrap(bytes));
        return bytes;
    }

    /**
     * Writes the bytes.
     *
     * @param target in big endian order
     */
    public void putInto(ByteBuffer target) {
        target.putLong(first).putLong(second).putLong(third).putLong(fourth);
    }

    /** In hexadecimal, as {@code sha256sum} prints it. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
