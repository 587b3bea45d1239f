package dev.farshore.schemas.codec;

import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Generated Avro classes to records and back, for the topics off the write path. Always resolves
 * from the schema a record was written with. Threads may share it.
 */
public final class SpecificRecordCodec<T extends SpecificRecord> {
    private final Schema schema;
    private final SpecificData model;
    private final int schemaId;
    private final WriterSchemas writerSchemas;
    private final ConcurrentHashMap<Integer, Schema> writtenById = new ConcurrentHashMap<>();

    /**
     * @param type generated class
     * @param schemaId under which its schema is registered
     * @param writerSchemas for records of older and newer nodes
     */
    public SpecificRecordCodec(Class<T> type, int schemaId, WriterSchemas writerSchemas) {
        GeneratedTypes.trust();
        this.model = SpecificData.getForClass(type);
        this.schema = model.getSchema(type);
        this.schemaId = schemaId;
        this.writerSchemas = writerSchemas;
        writtenById.put(schemaId, schema);
    }

    /**
     * The record for {@code value}.
     *
     * @throws IllegalArgumentException if a field without default was not set
     */
    public byte[] encode(T value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        byte[] prefix = new byte[WireFormat.PREFIX_BYTES];
        WireFormat.putPrefix(prefix, schemaId);
        out.writeBytes(prefix);
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            new SpecificDatumWriter<T>(schema, model).write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        } catch (NullPointerException | AvroRuntimeException e) {
            throw new IllegalArgumentException(
                    "%s cannot be written: %s".formatted(schema.getName(), e.getMessage()), e);
        }
        return out.toByteArray();
    }

    /**
     * The value in {@code record}, resolved to this build's schema.
     *
     * @throws MalformedRecordException if {@code record} does not hold this type
     * @throws SchemaUnavailableException if its schema could not be fetched
     */
    public T decode(byte[] record) {
        return decode(record, 0, record.length);
    }

    /** Like {@link #decode(byte[])}, of a part of an array. */
    public T decode(byte[] bytes, int offset, int length) {
        int id = WireFormat.schemaId(bytes, offset, length);
        Schema written = written(id);
        try {
            BinaryDecoder decoder =
                    DecoderFactory.get()
                            .binaryDecoder(
                                    bytes,
                                    offset + WireFormat.PREFIX_BYTES,
                                    length - WireFormat.PREFIX_BYTES,
                                    null);
            T value = new SpecificDatumReader<T>(written, schema, model).read(null, decoder);
            if (!decoder.isEnd()) {
                throw new MalformedRecordException(
                        "bytes follow the %s, written with schema id %d"
                                .formatted(schema.getName(), id));
            }
            return value;
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            throw new MalformedRecordException(
                    "not a %s: written as %s with schema id %d: %s"
                            .formatted(schema.getName(), written.getFullName(), id, e.getMessage()),
                    e);
        }
    }

    private Schema written(int id) {
        Schema known = writtenById.get(id);
        if (known == null) {
            // Two threads may both ask the registry: better than holding a lock while it answers.
            known = writerSchemas.byId(id);
            writtenById.put(id, known);
        }
        return known;
    }
}
