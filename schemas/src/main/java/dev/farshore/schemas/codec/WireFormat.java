package dev.farshore.schemas.codec;

/**
 * The Confluent wire format.
 *
 * <pre>
 *   0        1                5
 *   +--------+----------------+------------------------+
 *   | 0x00   | schema id (BE) | value in Avro binary … |
 *   +--------+----------------+------------------------+
 * </pre>
 */
public final class WireFormat {
    static final byte MAGIC = 0;

    /** Bytes before the value. */
    public static final int PREFIX_BYTES = 1 + Integer.BYTES;

    private WireFormat() {}

    /** Writes the five bytes before a value at the start of {@code record}. */
    public static void putPrefix(byte[] record, int schemaId) {
        record[0] = MAGIC;
        record[1] = (byte) (schemaId >>> 24);
        record[2] = (byte) (schemaId >>> 16);
        record[3] = (byte) (schemaId >>> 8);
        record[4] = (byte) schemaId;
    }

    /**
     * The id of the schema with which {@code record} was written.
     *
     * @throws MalformedRecordException if it is not in this format
     */
    public static int schemaId(byte[] record) {
        return schemaId(record, 0, record.length);
    }

    static int schemaId(byte[] bytes, int offset, int length) {
        if (length < PREFIX_BYTES) {
            throw new MalformedRecordException(
                    "a record of %d bytes is too short: magic byte and schema id alone take %d"
                            .formatted(length, PREFIX_BYTES));
        }
        if (bytes[offset] != MAGIC) {
            throw new MalformedRecordException(
                    "the record starts with 0x%02x, not with the magic byte 0x00 of the Confluent wire format"
                            .formatted(bytes[offset]));
        }
        return (bytes[offset + 1] & 0xff) << 24
                | (bytes[offset + 2] & 0xff) << 16
                | (bytes[offset + 3] & 0xff) << 8
                | (bytes[offset + 4] & 0xff);
    }
}
