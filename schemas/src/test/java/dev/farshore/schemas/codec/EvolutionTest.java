package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.event.WriteEvent;
import dev.farshore.schemas.log.LogEvent;

import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** Records of nodes that run another version. */
class EvolutionTest {
    private static final int OURS = 1;
    private static final int THEIRS = 2;

    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void shouldReadAWriteOfANewerNodeWithAFieldMore() throws IOException {
        byte[] record = writeOfNewerNode("WRITE", new byte[] {1, 2, 3});
        WriteEventCodec codec = new WriteEventCodec(OURS, registry(newerWriteEvent()));

        LogEvent event = codec.decode(record);

        assertThat(event.header().vvol()).isEqualTo("vol");
        assertThat(event.header().seq()).isEqualTo(42);
        assertThat(event.payload()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertThat(codec.decodeHeader(record)).isEqualTo(event.header());
    }

    @Test
    void shouldReadAKindItDoesNotKnowAsUnknown() throws IOException {
        byte[] record = writeOfNewerNode("CLONE", new byte[] {9});
        WriteEventCodec codec = new WriteEventCodec(OURS, registry(newerWriteEvent()));

        assertThat(codec.decode(record).header().kind()).isEqualTo(EventKind.UNKNOWN);
    }

    @Test
    void shouldAskTheRegistryOncePerSchema() throws IOException {
        WriteEventCodec codec = new WriteEventCodec(OURS, registry(newerWriteEvent()));

        codec.decode(writeOfNewerNode("WRITE", new byte[1]));
        codec.decode(writeOfNewerNode("WRITE", new byte[2]));

        assertThat(asked).hasValue(1);
    }

    @Test
    void shouldAskAgainAfterTheRegistryDidNotAnswer() throws IOException {
        WriterSchemas failsFirst =
                id -> {
                    if (asked.incrementAndGet() == 1) {
                        throw new SchemaUnavailableException("no answer");
                    }
                    return newerWriteEvent();
                };
        WriteEventCodec codec = new WriteEventCodec(OURS, failsFirst);
        byte[] record = writeOfNewerNode("WRITE", new byte[1]);

        assertThatThrownBy(() -> codec.decode(record))
                .isInstanceOf(SchemaUnavailableException.class);
        assertThat(codec.decode(record).header().seq()).isEqualTo(42);
    }

    @Test
    void shouldShareThePayloadAlsoWhenTheSameSchemaHasAnotherId() {
        WriteEventCodec theirs = new WriteEventCodec(THEIRS);
        LogEvent event = Events.write("vol", 5, new byte[] {7});
        byte[] record = theirs.encode(event.header(), event.payload());

        LogEvent decoded =
                new WriteEventCodec(OURS, registry(WriteEvent.getClassSchema())).decode(record);

        assertThat(decoded.header()).isEqualTo(event.header());
        assertThat(decoded.payload().array()).isSameAs(record);
    }

    @Test
    void shouldSayThatARecordIsOfAnotherType() {
        Progress progress = progress();
        byte[] record =
                new SpecificRecordCodec<>(Progress.class, THEIRS, WriterSchemas.NONE)
                        .encode(progress);

        assertThatThrownBy(
                        () ->
                                new WriteEventCodec(OURS, registry(Progress.getClassSchema()))
                                        .decode(record))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining("not a WriteEvent")
                .hasMessageContaining("dev.farshore.schemas.event.Progress");
        assertThatThrownBy(
                        () ->
                                new SpecificRecordCodec<>(
                                                VolumeSpec.class,
                                                OURS,
                                                registry(Progress.getClassSchema()))
                                        .decode(record))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining("not a VolumeSpec");
    }

    @Test
    void shouldReadASpecificRecordOfANewerNode() throws IOException {
        Schema newer = withOneMoreField(Progress.getClassSchema());
        GenericRecord theirs = new GenericData.Record(newer);
        Progress progress = progress();
        for (Schema.Field field : Progress.getClassSchema().getFields()) {
            Object value = progress.get(field.pos());
            theirs.put(
                    field.name(),
                    field.schema().getType() == Schema.Type.ENUM
                            ? new GenericData.EnumSymbol(field.schema(), value.toString())
                            : value);
        }
        theirs.put("addedLater", 1L);
        byte[] record = AvroOwn.encode(THEIRS, theirs, new GenericDatumWriter<>(newer));

        assertThat(new SpecificRecordCodec<>(Progress.class, OURS, registry(newer)).decode(record))
                .isEqualTo(progress);
    }

    private WriterSchemas registry(Schema schema) {
        return id -> {
            assertThat(id).isEqualTo(THEIRS);
            asked.incrementAndGet();
            return schema;
        };
    }

    private static byte[] writeOfNewerNode(String kind, byte[] payload) throws IOException {
        Schema schema = newerWriteEvent();
        GenericRecord record = new GenericData.Record(schema);
        record.put("vvol", "vol");
        record.put("epoch", 3);
        record.put("seq", 42L);
        record.put("vmSeq", 43L);
        record.put("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), kind));
        record.put("offset", 4096L);
        record.put("length", (long) payload.length);
        record.put("totalBytes", 1L);
        record.put("captureMicros", 2L);
        record.put("crc32c", 0);
        record.put("note", "");
        record.put("addedLater", 1L);
        record.put("payload", ByteBuffer.wrap(payload));
        return AvroOwn.encode(THEIRS, record, new GenericDatumWriter<>(schema));
    }

    /** This build's schema with a field before the payload and another kind of event. */
    private static Schema newerWriteEvent() {
        Schema newer = withOneMoreField(WriteEvent.getClassSchema());
        String json = newer.toString();
        String withKind = json.replace("\"SEED_FINISHED\"", "\"SEED_FINISHED\",\"CLONE\"");
        assertThat(withKind).isNotEqualTo(json);
        return new Schema.Parser().parse(withKind);
    }

    private static Schema withOneMoreField(Schema schema) {
        var fields =
                SchemaBuilder.record(schema.getName()).namespace(schema.getNamespace()).fields();
        int last = schema.getFields().size() - 1;
        for (Schema.Field field : schema.getFields()) {
            if (field.pos() == last) {
                fields = fields.requiredLong("addedLater");
            }
            fields = fields.name(field.name()).type(field.schema()).noDefault();
        }
        return fields.endRecord();
    }

    private static Progress progress() {
        return Progress.newBuilder()
                .setVvol("vol")
                .setSite("a")
                .setNode("a1")
                .setEpoch(1)
                .setOpen(true)
                .setEpochOwner("a")
                .setAppliedSeq(7)
                .setHardenedSeq(6)
                .setHardenedVmSeq(60)
                .setHardenedTotalBytes(1)
                .setHardenedWritesOffset(5)
                .setHealth(Health.OK)
                .setReportedMicros(9)
                .build();
    }
}
