package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;

import java.nio.ByteBuffer;

/** A request in the protocol's terms. */
sealed interface Command {
    /** Fills the buffer from {@code offset}. */
    record Read(long offset, int length, ByteBuffer into) implements Command {}

    record Write(long offset, int length, ByteBuffer payload, boolean isFua) implements Command {}

    record WriteZeroes(long offset, long length, boolean mayPunch, boolean isFua)
            implements Command {
        public WriteZeroes {
            requireEncodable(length);
        }
    }

    record Trim(long offset, long length, boolean isFua) implements Command {
        public Trim {
            requireEncodable(length);
        }
    }

    record Flush() implements Command {}

    /** Writes the request's header, of {@link NbdProtocol#REQUEST_BYTES}. */
    default void encode(long cookie, ByteBuffer out) {
        switch (this) {
            case Read read -> put(out, 0, NbdProtocol.CMD_READ, cookie, read.offset, read.length);
            case Write write ->
                    put(
                            out,
                            fua(write.isFua),
                            NbdProtocol.CMD_WRITE,
                            cookie,
                            write.offset,
                            write.length);
            case WriteZeroes zeroes ->
                    put(
                            out,
                            fua(zeroes.isFua)
                                    | (zeroes.mayPunch ? 0 : NbdProtocol.CMD_FLAG_NO_HOLE),
                            NbdProtocol.CMD_WRITE_ZEROES,
                            cookie,
                            zeroes.offset,
                            zeroes.length);
            case Trim trim ->
                    put(
                            out,
                            fua(trim.isFua),
                            NbdProtocol.CMD_TRIM,
                            cookie,
                            trim.offset,
                            trim.length);
            case Flush flush -> put(out, 0, NbdProtocol.CMD_FLUSH, cookie, 0, 0);
        }
    }

    /** For error texts. */
    default String describe() {
        return switch (this) {
            case Read read -> "READ of %d bytes at %d".formatted(read.length, read.offset);
            case Write write -> "WRITE of %d bytes at %d".formatted(write.length, write.offset);
            case WriteZeroes zeroes ->
                    "WRITE_ZEROES of %d bytes at %d".formatted(zeroes.length, zeroes.offset);
            case Trim trim -> "TRIM of %d bytes at %d".formatted(trim.length, trim.offset);
            case Flush flush -> "FLUSH";
        };
    }

    private static void requireEncodable(long length) {
        if (length < 0 || length > NbdProtocol.MAX_LENGTH_BYTES) {
            throw new IllegalArgumentException("length of a request: " + length);
        }
    }

    private static int fua(boolean isFua) {
        return isFua ? NbdProtocol.CMD_FLAG_FUA : 0;
    }

    private static void put(
            ByteBuffer out, int flags, int type, long cookie, long offset, long length) {
        out.putInt(NbdProtocol.REQUEST_MAGIC)
                .putShort((short) flags)
                .putShort((short) type)
                .putLong(cookie)
                .putLong(offset)
                .putInt((int) length);
    }
}
