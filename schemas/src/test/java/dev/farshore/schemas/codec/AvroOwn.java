package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.WriteEvent;
import dev.farshore.schemas.event.WriteHeader;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;

import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Avro's own way between bytes and the generated classes: what the codecs are measured by. */
final class AvroOwn {
    static {
        GeneratedTypes.trust();
    }

    private AvroOwn() {}

    static byte[] encode(int schemaId, SpecificRecord record) throws IOException {
        return encode(schemaId, record, new SpecificDatumWriter<>(record.getSchema()));
    }

    static <T extends IndexedRecord> byte[] encode(
            int schemaId, T record, DatumWriter<? super T> writer) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream prefix = new DataOutputStream(out);
        prefix.writeByte(0);
        prefix.writeInt(schemaId);
        Encoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        writer.write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    @SuppressWarnings("TypeParameterUnusedInFormals")
    static <T> T decode(byte[] record, Schema schema) throws IOException {
        return new SpecificDatumReader<T>(schema)
                .read(null, DecoderFactory.get().binaryDecoder(record, 5, record.length - 5, null));
    }

    static WriteEvent generated(LogEvent event) {
        EventHeader header = event.header();
        return new WriteEvent(
                header.vvol(),
                header.epoch(),
                header.seq(),
                header.vmSeq(),
                EventKind.valueOf(header.kind().name()),
                header.offset(),
                header.length(),
                header.totalBytes(),
                header.captureMicros(),
                header.crc32c(),
                header.note(),
                event.payload().duplicate());
    }

    static WriteHeader generated(IndexedHeader indexed) {
        EventHeader header = indexed.header();
        ChainLink link = indexed.link();
        return new WriteHeader(
                header.vvol(),
                header.epoch(),
                header.seq(),
                header.vmSeq(),
                header.kind(),
                header.offset(),
                header.length(),
                header.totalBytes(),
                header.captureMicros(),
                header.crc32c(),
                header.note(),
                indexed.writesOffset(),
                link == null ? 0 : link.startSeq(),
                ByteBuffer.wrap(link == null ? new byte[0] : link.payload().bytes()),
                ByteBuffer.wrap(link == null ? new byte[0] : link.value().bytes()));
    }
}
