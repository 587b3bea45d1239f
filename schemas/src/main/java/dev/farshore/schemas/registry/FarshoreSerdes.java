package dev.farshore.schemas.registry;

import dev.farshore.schemas.codec.SpecificRecordCodec;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.codec.WriterSchemas;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;

import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;

import java.time.Duration;

/**
 * Serdes for the values of the six topics. Threads, producers and consumers may share them; none
 * needs closing. Keys are plain UTF-8 strings.
 */
public final class FarshoreSerdes {
    private static final Duration PATIENCE_WITH_MISSING_SCHEMA = Duration.ofSeconds(5);

    private final WriteEventCodec writeEvents;
    private final WriteHeaderCodec writeHeaders;
    private final Serde<Progress> progress;
    private final Serde<VolumeSpec> volumes;
    private final Serde<MigrationEvent> migrations;
    private final Serde<ClockReading> clocks;

    /**
     * Registers the six schemas.
     *
     * @param client stays the caller's to close, not before the last record is read
     * @throws RegistryUnreachableException if the registry does not answer; {@link
     *     RegistryConnection} tries for longer
     * @throws RegistryException if a schema is refused
     */
    public FarshoreSerdes(SchemaRegistryClient client) {
        WriterSchemas others = new RegistrySchemas(client, PATIENCE_WITH_MISSING_SCHEMA);
        writeEvents = new WriteEventCodec(ValueSchemas.register(client, Topics.WRITES), others);
        writeHeaders = new WriteHeaderCodec(ValueSchemas.register(client, Topics.HEADERS), others);
        progress = serde(Progress.class, client, Topics.PROGRESS, others);
        volumes = serde(VolumeSpec.class, client, Topics.VOLUMES, others);
        migrations = serde(MigrationEvent.class, client, Topics.MIGRATIONS, others);
        clocks = serde(ClockReading.class, client, Topics.CLOCKS, others);
    }

    private static <T extends SpecificRecord> Serde<T> serde(
            Class<T> type, SchemaRegistryClient client, String topic, WriterSchemas others) {
        SpecificRecordCodec<T> codec =
                new SpecificRecordCodec<>(type, ValueSchemas.register(client, topic), others);
        return new CodecSerde<>(codec::encode, codec::decode);
    }

    /** For {@code farshore.writes}; the payload shares the record's bytes. */
    public Serde<LogEvent> writes() {
        return new CodecSerde<>(
                event -> writeEvents.encode(event.header(), event.payload()), writeEvents::decode);
    }

    /** For {@code farshore.headers}. */
    public Serde<IndexedHeader> headers() {
        return new CodecSerde<>(writeHeaders::encode, writeHeaders::decode);
    }

    /** For {@code farshore.progress}. */
    public Serde<Progress> progress() {
        return progress;
    }

    /** For {@code farshore.volumes}. */
    public Serde<VolumeSpec> volumes() {
        return volumes;
    }

    /** For {@code farshore.migrations}. */
    public Serde<MigrationEvent> migrations() {
        return migrations;
    }

    /** For {@code farshore.clocks}. */
    public Serde<ClockReading> clocks() {
        return clocks;
    }

    /** For code that encodes or reads events without a serde. */
    public WriteEventCodec writeEventCodec() {
        return writeEvents;
    }

    /** For code that encodes or reads headers without a serde. */
    public WriteHeaderCodec writeHeaderCodec() {
        return writeHeaders;
    }
}
