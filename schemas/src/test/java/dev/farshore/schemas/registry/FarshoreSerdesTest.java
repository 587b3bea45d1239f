package dev.farshore.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.codec.MalformedRecordException;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumePosition;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

import org.apache.avro.Schema;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

class FarshoreSerdesTest {
    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();

    @Test
    void shouldRegisterSixSubjectsForBackwardCompatibility() throws Exception {
        new FarshoreSerdes(registry);

        assertThat(registry.getAllSubjects())
                .containsExactlyInAnyOrder(
                        "farshore.writes-value",
                        "farshore.headers-value",
                        "farshore.progress-value",
                        "farshore.volumes-value",
                        "farshore.migrations-value",
                        "farshore.clocks-value");
        for (String subject : registry.getAllSubjects()) {
            assertThat(registry.getCompatibility(subject)).isEqualTo("BACKWARD");
        }
    }

    @Test
    void shouldRegisterNothingTwice() throws Exception {
        new FarshoreSerdes(registry);
        new FarshoreSerdes(registry);

        for (String subject : registry.getAllSubjects()) {
            assertThat(registry.getAllVersions(subject)).hasSize(1);
        }
    }

    @Test
    void shouldReadBackWhatItWrote() {
        FarshoreSerdes serdes = new FarshoreSerdes(registry);
        EventHeader header = new EventHeader("vol", 1, 2, 3, EventKind.WRITE, 0, 4, 5, 6, 7, "");
        LogEvent event = new LogEvent(header, ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));

        assertThat(throughBytes(serdes.writes(), event)).isEqualTo(event);
        assertThat(throughBytes(serdes.headers(), new IndexedHeader(header, 8)))
                .isEqualTo(new IndexedHeader(header, 8));
        assertThat(throughBytes(serdes.volumes(), volume("vol"))).isEqualTo(volume("vol"));
        assertThat(throughBytes(serdes.migrations(), migration())).isEqualTo(migration());
        assertThat(throughBytes(serdes.progress(), progress())).isEqualTo(progress());
    }

    @Test
    void shouldPassTombstonesThrough() {
        FarshoreSerdes serdes = new FarshoreSerdes(registry);

        assertTombstonePasses(serdes.volumes());
        assertTombstonePasses(serdes.writes());
    }

    @Test
    void shouldReadInPlaceFromTheConsumersBuffer() {
        Serde<LogEvent> serde = new FarshoreSerdes(registry).writes();
        EventHeader header = new EventHeader("vol", 1, 2, 3, EventKind.WRITE, 0, 4, 5, 6, 7, "");
        byte[] record =
                serde.serializer()
                        .serialize(
                                Topics.WRITES,
                                new LogEvent(header, ByteBuffer.wrap(new byte[] {1, 2, 3, 4})));
        ByteBuffer fetched = ByteBuffer.allocate(record.length + 20);
        fetched.put(13, record).position(13).limit(13 + record.length);

        LogEvent event =
                serde.deserializer().deserialize(Topics.WRITES, new RecordHeaders(), fetched);

        assertThat(event.header()).isEqualTo(header);
        assertThat(event.payload().array()).isSameAs(fetched.array());
        ByteBuffer direct = ByteBuffer.allocateDirect(record.length).put(record).flip();
        assertThat(serde.deserializer().deserialize(Topics.WRITES, new RecordHeaders(), direct))
                .isEqualTo(event);
    }

    @Test
    void shouldSayThatTheRegistryDoesNotKnowASchema() {
        FarshoreSerdes serdes = new FarshoreSerdes(registry);
        byte[] record = serdes.volumes().serializer().serialize(Topics.VOLUMES, volume("vol"));
        record[1] = 0x7f;

        assertThatThrownBy(
                        () -> serdes.volumes().deserializer().deserialize(Topics.VOLUMES, record))
                .isInstanceOf(MalformedRecordException.class)
                .hasMessageContaining("the registry knows no schema with id");
    }

    @Test
    void shouldRefuseToStartWithASchemaThatCannotReadWhatIsRegistered() throws Exception {
        Schema other =
                new Schema.Parser()
                        .parse(
                                """
                                {"type": "record", "name": "VolumeSpec",
                                 "namespace": "dev.farshore.schemas.event",
                                 "fields": [{"name": "vvol", "type": "int"}]}""");
        registry.register("farshore.volumes-value", new AvroSchema(other));
        registry.updateCompatibility("farshore.volumes-value", "BACKWARD");

        assertThatThrownBy(() -> new FarshoreSerdes(new JudgingRegistry(registry)))
                .isInstanceOf(RegistryException.class)
                .hasMessageContaining("farshore.volumes-value")
                .hasMessageContaining("incompatible");
    }

    /** The mock registers anything; a real registry answers 409 as this one does. */
    private static final class JudgingRegistry extends MockSchemaRegistryClient {
        private final MockSchemaRegistryClient registered;

        JudgingRegistry(MockSchemaRegistryClient registered) {
            this.registered = registered;
        }

        @Override
        public int register(String subject, ParsedSchema schema)
                throws IOException, RestClientException {
            if (registered.getAllSubjects().contains(subject)
                    && !registered.testCompatibility(subject, schema)) {
                throw new RestClientException("Schema being registered is incompatible", 409, 409);
            }
            return registered.register(subject, schema);
        }
    }

    @SuppressWarnings("NullAway") // Kafka passes null for a tombstone, both ways
    private static void assertTombstonePasses(Serde<?> serde) {
        assertThat(serde.serializer().serialize("topic", null)).isNull();
        assertThat(serde.deserializer().deserialize("topic", (byte[]) null)).isNull();
        assertThat(
                        serde.deserializer()
                                .deserialize("topic", new RecordHeaders(), (ByteBuffer) null))
                .isNull();
    }

    private static <T> T throughBytes(Serde<T> serde, T value) {
        return serde.deserializer()
                .deserialize("topic", serde.serializer().serialize("topic", value));
    }

    static VolumeSpec volume(String vvol) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setSizeBytes(1 << 30)
                .setPartition(3)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(1)
                .build();
    }

    private static Progress progress() {
        return Progress.newBuilder()
                .setVvol("vol")
                .setSite("a")
                .setNode("a1")
                .setEpoch(1)
                .setOpen(true)
                .setAppliedSeq(7)
                .setHardenedSeq(6)
                .setHardenedVmSeq(60)
                .setHardenedTotalBytes(1)
                .setHardenedWritesOffset(5)
                .setHealth(Health.OK)
                .setReportedMicros(9)
                .build();
    }

    private static MigrationEvent migration() {
        return MigrationEvent.newBuilder()
                .setMigration("m1")
                .setVm("vm")
                .setFromSite("a")
                .setToSite("b")
                .setMode("drain")
                .setStep(MigrationStep.DRAINING)
                .setAtMicros(1)
                .setVolumes(List.of(new VolumePosition("vol", 1, 2L, 3L, 4L)))
                .build();
    }
}
