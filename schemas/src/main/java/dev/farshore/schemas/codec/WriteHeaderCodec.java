package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.WriteHeader;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;

import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** {@link IndexedHeader} to records of {@code farshore.headers} and back. Threads may share it. */
public final class WriteHeaderCodec {
    private final int schemaId;
    private final EvolvedRecords evolved;
    private final NameCache names = new NameCache();

    /** Reads only records written with {@code schemaId}. */
    public WriteHeaderCodec(int schemaId) {
        this(schemaId, WriterSchemas.NONE);
    }

    /**
     * @param schemaId under which this build's {@code WriteHeader} is registered
     * @param writerSchemas for records of older and newer nodes
     */
    public WriteHeaderCodec(int schemaId, WriterSchemas writerSchemas) {
        this.schemaId = schemaId;
        this.evolved = new EvolvedRecords(WriteHeader.getClassSchema(), writerSchemas);
    }

    /** One allocation: the record. */
    public byte[] encode(IndexedHeader indexed) {
        return encodeInto(null, indexed.header(), indexed.writesOffset(), indexed.link());
    }

    /** Like {@link #encode(IndexedHeader)}, into an array that {@code space} has. */
    public byte[] encode(
            EventHeader header, long writesOffset, @Nullable ChainLink link, RecordSpace space) {
        return encodeInto(space, header, writesOffset, link);
    }

    private byte[] encodeInto(
            @Nullable RecordSpace space,
            EventHeader header,
            long writesOffset,
            @Nullable ChainLink link) {
        int vvolUtf8Bytes = HeaderFields.vvolUtf8Bytes(header);
        int noteUtf8Bytes = HeaderFields.noteUtf8Bytes(header);
        RecordWriter writer =
                RecordWriter.begin(
                        schemaId,
                        HeaderFields.sizeBytes(header, vvolUtf8Bytes, noteUtf8Bytes)
                                + AvroSizes.ofLong(writesOffset)
                                + LinkFields.sizeBytes(link),
                        space);
        HeaderFields.write(header, vvolUtf8Bytes, noteUtf8Bytes, writer);
        writer.putLong(writesOffset);
        LinkFields.write(link, writer);
        return writer.finish();
    }

    /**
     * The header in {@code record}.
     *
     * @throws MalformedRecordException if {@code record} is no {@code WriteHeader}
     * @throws SchemaUnavailableException if it has another schema, which could not be fetched
     */
    public IndexedHeader decode(byte[] record) {
        return decode(record, 0, record.length);
    }

    /** Like {@link #decode(byte[])}, of a part of an array. */
    public IndexedHeader decode(byte[] bytes, int offset, int length) {
        int id = WireFormat.schemaId(bytes, offset, length);
        if (id != schemaId && !evolved.hasSameLayout(id)) {
            GenericRecord record = evolved.read(id, bytes, offset, length);
            return new IndexedHeader(
                    HeaderFields.from(record),
                    (long) record.get("writesOffset"),
                    LinkFields.from(record));
        }
        RecordReader reader = new RecordReader(bytes, offset, length);
        EventHeader header = HeaderFields.read(reader, names);
        long writesOffset = reader.getLong("writesOffset");
        ChainLink link = LinkFields.read(reader);
        reader.finish();
        return new IndexedHeader(header, writesOffset, link);
    }
}
