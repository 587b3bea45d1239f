package dev.farshore.schemas.codec;

import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads records written with another version of their schema: Avro's own reader resolves them to
 * this build's. It remembers every schema id; there is one for each version ever registered. A
 * schema that could not be fetched is asked for again next time.
 */
final class EvolvedRecords {
    private final Schema readerSchema;
    private final long readerFingerprint;
    private final WriterSchemas writerSchemas;
    private final ConcurrentHashMap<Integer, Writer> writers = new ConcurrentHashMap<>();

    /**
     * @param hasSameLayout if the hand-written codec reads its records too: another id for the same
     *     fields, as after a change of comments, or in another site's registry
     */
    private record Writer(Schema schema, boolean hasSameLayout) {}

    EvolvedRecords(Schema readerSchema, WriterSchemas writerSchemas) {
        this.readerSchema = readerSchema;
        this.readerFingerprint = SchemaNormalization.parsingFingerprint64(readerSchema);
        this.writerSchemas = writerSchemas;
    }

    boolean hasSameLayout(int id) {
        return writer(id).hasSameLayout;
    }

    /** The record after the wire format's prefix, resolved to this build's schema. */
    GenericRecord read(int id, byte[] bytes, int offset, int length) {
        Schema written = writer(id).schema;
        try {
            BinaryDecoder decoder =
                    DecoderFactory.get()
                            .binaryDecoder(
                                    bytes,
                                    offset + WireFormat.PREFIX_BYTES,
                                    length - WireFormat.PREFIX_BYTES,
                                    null);
            // The data model is private, so that no class on the path changes how fields are read.
            GenericRecord record =
                    new GenericDatumReader<GenericRecord>(written, readerSchema, new GenericData())
                            .read(null, decoder);
            if (!decoder.isEnd()) {
                throw new MalformedRecordException(
                        "bytes follow the %s, written with schema id %d"
                                .formatted(readerSchema.getName(), id));
            }
            return record;
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            throw new MalformedRecordException(
                    "not a %s: written as %s with schema id %d, which does not resolve to this node's schema: %s"
                            .formatted(
                                    readerSchema.getName(),
                                    written.getFullName(),
                                    id,
                                    e.getMessage()),
                    e);
        }
    }

    private Writer writer(int id) {
        Writer known = writers.get(id);
        if (known == null) {
            // Two threads may both ask the registry: better than holding a lock while it answers.
            Schema schema = writerSchemas.byId(id);
            known =
                    new Writer(
                            schema,
                            SchemaNormalization.parsingFingerprint64(schema) == readerFingerprint);
            writers.put(id, known);
        }
        return known;
    }
}
