package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Limits;

import org.apache.avro.generic.GenericRecord;

/** The fields that {@code WriteEvent} and {@code WriteHeader} both begin with, in their order. */
@SuppressWarnings(
        "EnumOrdinal") // Avro writes the index, and the generated enum has the schema's order
final class HeaderFields {
    private static final EventKind[] KINDS = EventKind.values();

    private HeaderFields() {}

    static int vvolUtf8Bytes(EventHeader header) {
        return withinLimit("name of the volume", header.vvol(), Limits.MAX_VVOL_NAME_BYTES);
    }

    static int noteUtf8Bytes(EventHeader header) {
        return withinLimit("note", header.note(), Limits.MAX_NOTE_BYTES);
    }

    private static int withinLimit(String what, String text, int maxBytes) {
        int utf8Bytes = AvroSizes.utf8Bytes(text);
        if (utf8Bytes > maxBytes) {
            throw new IllegalArgumentException(
                    "the %s takes %d bytes, at most %d are allowed"
                            .formatted(what, utf8Bytes, maxBytes));
        }
        return utf8Bytes;
    }

    static int sizeBytes(EventHeader header, int vvolUtf8Bytes, int noteUtf8Bytes) {
        return AvroSizes.ofBytes(vvolUtf8Bytes)
                + AvroSizes.ofLong(header.epoch())
                + AvroSizes.ofLong(header.seq())
                + AvroSizes.ofLong(header.vmSeq())
                + AvroSizes.ofLong(header.kind().ordinal())
                + AvroSizes.ofLong(header.offset())
                + AvroSizes.ofLong(header.length())
                + AvroSizes.ofLong(header.totalBytes())
                + AvroSizes.ofLong(header.captureMicros())
                + AvroSizes.ofLong(header.crc32c())
                + AvroSizes.ofBytes(noteUtf8Bytes);
    }

    static void write(
            EventHeader header, int vvolUtf8Bytes, int noteUtf8Bytes, RecordWriter writer) {
        writer.putString(header.vvol(), vvolUtf8Bytes);
        writer.putLong(header.epoch());
        writer.putLong(header.seq());
        writer.putLong(header.vmSeq());
        writer.putLong(header.kind().ordinal());
        writer.putLong(header.offset());
        writer.putLong(header.length());
        writer.putLong(header.totalBytes());
        writer.putLong(header.captureMicros());
        writer.putLong(header.crc32c());
        writer.putString(header.note(), noteUtf8Bytes);
    }

    static EventHeader read(RecordReader reader, NameCache names) {
        return new EventHeader(
                reader.getName("vvol", names),
                reader.getInt("epoch"),
                reader.getLong("seq"),
                reader.getLong("vmSeq"),
                kind(reader),
                reader.getLong("offset"),
                reader.getLong("length"),
                reader.getLong("totalBytes"),
                reader.getLong("captureMicros"),
                reader.getInt("crc32c"),
                reader.getString("note"));
    }

    private static EventKind kind(RecordReader reader) {
        int index = reader.getInt("kind");
        if (index < 0 || index >= KINDS.length) {
            throw reader.malformed("kind", "no kind of event has the number " + index);
        }
        return KINDS[index];
    }

    /** From a record that Avro has resolved to this node's schema. */
    static EventHeader from(GenericRecord record) {
        return new EventHeader(
                record.get("vvol").toString(),
                (int) record.get("epoch"),
                (long) record.get("seq"),
                (long) record.get("vmSeq"),
                EventKind.valueOf(record.get("kind").toString()),
                (long) record.get("offset"),
                (long) record.get("length"),
                (long) record.get("totalBytes"),
                (long) record.get("captureMicros"),
                (int) record.get("crc32c"),
                record.get("note").toString());
    }
}
