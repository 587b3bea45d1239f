package dev.farshore.schemas.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads one value in Avro binary front to back, and checks every length against the bytes left. */
final class RecordReader {
    private final byte[] bytes;
    private final int start;
    private final int end;
    private int position;

    /** Reads the value that follows the wire format's prefix. */
    RecordReader(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        start = offset;
        end = offset + length;
        position = offset + WireFormat.PREFIX_BYTES;
    }

    long getLong(String field) {
        long zigzag = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position == end) {
                throw malformed(field, "the record ends in the middle of it");
            }
            byte b = bytes[position++];
            if (shift == 63 && (b & 0xfe) != 0) {
                throw malformed(field, "a number of more than 64 bits");
            }
            zigzag |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (zigzag >>> 1) ^ -(zigzag & 1);
            }
        }
        throw malformed(field, "a number of more than ten bytes");
    }

    int getInt(String field) {
        long value = getLong(field);
        if (value != (int) value) {
            throw malformed(field, value + " does not fit in 32 bits");
        }
        return (int) value;
    }

    /** A string with few different values, taken from {@code names} if known. */
    String getName(String field, NameCache names) {
        int length = getLength(field);
        String known = names.find(bytes, position, length);
        if (known == null) {
            known = names.remember(bytes, position, length, decodeUtf8(field, length));
        }
        position += length;
        return known;
    }

    String getString(String field) {
        int length = getLength(field);
        if (length == 0) {
            return "";
        }
        String text = decodeUtf8(field, length);
        position += length;
        return text;
    }

    /** The next bytes, as a view of the record: nothing is copied. */
    ByteBuffer getBytes(String field) {
        int length = getLength(field);
        ByteBuffer view = ByteBuffer.wrap(bytes, position, length).slice();
        position += length;
        return view;
    }

    /** Passes over bytes without touching them, and says how many they were. */
    int skipBytes(String field) {
        int length = getLength(field);
        position += length;
        return length;
    }

    /** The value must end where the record ends. */
    void finish() {
        if (position != end) {
            throw new MalformedRecordException(
                    "%d bytes follow the value, which ends at byte %d"
                            .formatted(end - position, position - start));
        }
    }

    private int getLength(String field) {
        long length = getLong(field);
        if (length < 0 || length > end - position) {
            throw malformed(
                    field,
                    "a length of %d where %d bytes are left".formatted(length, end - position));
        }
        return (int) length;
    }

    private String decodeUtf8(String field, int length) {
        try {
            // Not new String(..): that would turn broken bytes into another, well-formed name.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, position, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed(field, "not UTF-8");
        }
    }

    MalformedRecordException malformed(String field, String problem) {
        return new MalformedRecordException(
                "field %s, before byte %d of %d: %s"
                        .formatted(field, position - start, end - start, problem));
    }
}
