package dev.farshore.schemas.codec;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.WriteEvent;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.Limits;
import dev.farshore.schemas.log.LogEvent;

import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * {@link LogEvent} to records of {@code farshore.writes} and back. Threads may share it.
 *
 * <p>How often a payload is copied on its way to the broker: once by {@link #encode} into the
 * record, and once by Kafka's producer, from the record into its batch, which the socket then sends
 * (compression, where configured, takes the place of that second copy). Avro's own encoder would
 * add two: into its buffer and out of the growing stream behind it. The way back shares the
 * record's bytes.
 */
public final class WriteEventCodec {
    private final int schemaId;
    private final EvolvedRecords evolved;
    private final NameCache names = new NameCache();

    /** Reads only records written with {@code schemaId}. */
    public WriteEventCodec(int schemaId) {
        this(schemaId, WriterSchemas.NONE);
    }

    /**
     * @param schemaId under which this build's {@code WriteEvent} is registered
     * @param writerSchemas for records of older and newer nodes
     */
    public WriteEventCodec(int schemaId, WriterSchemas writerSchemas) {
        this.schemaId = schemaId;
        this.evolved = new EvolvedRecords(WriteEvent.getClassSchema(), writerSchemas);
    }

    /**
     * One allocation, the record, and one copy of the payload.
     *
     * @param payload from position to limit, heap or direct; neither is moved
     * @throws IllegalArgumentException if the payload is not as long as the header says, or
     *     something is larger than {@link Limits} allow
     */
    public byte[] encode(EventHeader header, ByteBuffer payload) {
        return encodeInto(null, header, payload);
    }

    /** Like {@link #encode(EventHeader, ByteBuffer)}, into an array that {@code space} has. */
    public byte[] encode(EventHeader header, ByteBuffer payload, RecordSpace space) {
        return encodeInto(space, header, payload);
    }

    private byte[] encodeInto(@Nullable RecordSpace space, EventHeader header, ByteBuffer payload) {
        int payloadBytes = payload.remaining();
        if (header.kind() == EventKind.UNKNOWN) {
            throw new IllegalArgumentException("UNKNOWN is a kind for readers only");
        }
        if (payloadBytes != expectedPayloadBytes(header)) {
            throw new IllegalArgumentException(
                    "%s of %d bytes with a payload of %d"
                            .formatted(header.kind(), header.length(), payloadBytes));
        }
        if (payloadBytes > Limits.MAX_EVENT_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "a payload of %d bytes; an event takes at most %d"
                            .formatted(payloadBytes, Limits.MAX_EVENT_PAYLOAD_BYTES));
        }
        int vvolUtf8Bytes = HeaderFields.vvolUtf8Bytes(header);
        int noteUtf8Bytes = HeaderFields.noteUtf8Bytes(header);
        RecordWriter writer =
                RecordWriter.begin(
                        schemaId,
                        HeaderFields.sizeBytes(header, vvolUtf8Bytes, noteUtf8Bytes)
                                + AvroSizes.ofBytes(payloadBytes),
                        space);
        HeaderFields.write(header, vvolUtf8Bytes, noteUtf8Bytes, writer);
        writer.putBytes(payload);
        return writer.finish();
    }

    /** Where in an encoded record its payload begins, with which it ends. */
    public static int payloadOffset(byte[] record, EventHeader header) {
        return record.length - header.payloadBytes();
    }

    /**
     * The event in {@code record}, its payload a view of the same bytes.
     *
     * @throws MalformedRecordException if {@code record} is no {@code WriteEvent}
     * @throws SchemaUnavailableException if it has another schema, which could not be fetched
     */
    public LogEvent decode(byte[] record) {
        return decode(record, 0, record.length);
    }

    /** Like {@link #decode(byte[])}, of a part of an array. */
    public LogEvent decode(byte[] bytes, int offset, int length) {
        int id = WireFormat.schemaId(bytes, offset, length);
        if (id != schemaId && !evolved.hasSameLayout(id)) {
            return resolved(evolved.read(id, bytes, offset, length));
        }
        RecordReader reader = new RecordReader(bytes, offset, length);
        EventHeader header = HeaderFields.read(reader, names);
        ByteBuffer payload = reader.getBytes("payload");
        reader.finish();
        checkPayloadBytes(header, payload.remaining());
        return new LogEvent(header, payload);
    }

    /** Like {@link #decode(byte[])}, without touching the payload. */
    public EventHeader decodeHeader(byte[] record) {
        int id = WireFormat.schemaId(record);
        if (id != schemaId && !evolved.hasSameLayout(id)) {
            return resolved(evolved.read(id, record, 0, record.length)).header();
        }
        RecordReader reader = new RecordReader(record, 0, record.length);
        EventHeader header = HeaderFields.read(reader, names);
        int payloadBytes = reader.skipBytes("payload");
        reader.finish();
        checkPayloadBytes(header, payloadBytes);
        return header;
    }

    private static LogEvent resolved(GenericRecord record) {
        EventHeader header = HeaderFields.from(record);
        ByteBuffer payload = (ByteBuffer) record.get("payload");
        checkPayloadBytes(header, payload.remaining());
        return new LogEvent(header, payload);
    }

    private static void checkPayloadBytes(EventHeader header, int payloadBytes) {
        // What a kind newer than this build carries is not known here.
        if (header.kind() != EventKind.UNKNOWN && payloadBytes != expectedPayloadBytes(header)) {
            throw new MalformedRecordException(
                    "%s of %d bytes (vvol %s, seq %d) with a payload of %d"
                            .formatted(
                                    header.kind(),
                                    header.length(),
                                    header.vvol(),
                                    header.seq(),
                                    payloadBytes));
        }
    }

    private static long expectedPayloadBytes(EventHeader header) {
        return header.kind() == EventKind.WRITE ? header.length() : 0;
    }
}
