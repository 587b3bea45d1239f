package dev.farshore.schemas.codec;

import dev.farshore.schemas.log.Sha256;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * Fills one record of exactly the right size, front to back. The sizes come from {@link AvroSizes};
 * {@link #finish} asserts that they were right.
 */
final class RecordWriter {
    private byte[] record = {};
    private int position;

    /**
     * A writer for one record.
     *
     * @param space where the record is to be; null for an array of its own
     */
    static RecordWriter begin(int schemaId, int valueBytes, @Nullable RecordSpace space) {
        int bytes = WireFormat.PREFIX_BYTES + valueBytes;
        RecordWriter writer = space == null ? new RecordWriter() : space.writer();
        writer.start(schemaId, space == null ? new byte[bytes] : space.array(bytes));
        return writer;
    }

    private void start(int schemaId, byte[] target) {
        record = target;
        WireFormat.putPrefix(record, schemaId);
        position = WireFormat.PREFIX_BYTES;
    }

    void putLong(long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            record[position++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        record[position++] = (byte) rest;
    }

    void putString(String text, int utf8Bytes) {
        putLong(utf8Bytes);
        if (utf8Bytes == text.length()) {
            for (int i = 0; i < utf8Bytes; i++) {
                char c = text.charAt(i);
                record[position++] = c < 0x80 ? (byte) c : (byte) '?';
            }
        } else {
            putUtf8(text);
        }
    }

    private void putUtf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                record[position++] = (byte) c;
            } else if (c < 0x800) {
                record[position++] = (byte) (0xc0 | (c >> 6));
                record[position++] = (byte) (0x80 | (c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                record[position++] = (byte) (0xe0 | (c >> 12));
                record[position++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                record[position++] = (byte) (0x80 | (c & 0x3f));
            } else if (AvroSizes.isPair(text, i)) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                record[position++] = (byte) (0xf0 | (point >> 18));
                record[position++] = (byte) (0x80 | ((point >> 12) & 0x3f));
                record[position++] = (byte) (0x80 | ((point >> 6) & 0x3f));
                record[position++] = (byte) (0x80 | (point & 0x3f));
            } else {
                record[position++] = '?'; // as String.getBytes does
            }
        }
    }

    /** Copies from position to limit and leaves both as they are. */
    void putBytes(ByteBuffer bytes) {
        int length = bytes.remaining();
        putLong(length);
        bytes.get(bytes.position(), record, position, length);
        position += length;
    }

    void putSha256(Sha256 hash) {
        putLong(Sha256.BYTES);
        hash.putInto(ByteBuffer.wrap(record, position, Sha256.BYTES));
        position += Sha256.BYTES;
    }

    byte[] finish() {
        if (position != record.length) {
            throw new IllegalStateException(
                    "%d bytes written into a record of %d".formatted(position, record.length));
        }
        return record;
    }
}
