package dev.farshore.apply;

import dev.farshore.schemas.codec.SpecificRecordCodec;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.codec.WriterSchemas;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** The real codecs, without a registry. */
public final class EventSerdes {
    private EventSerdes() {}

    public static Serde<LogEvent> writes() {
        WriteEventCodec codec = new WriteEventCodec(1);
        return Serdes.serdeFrom(
                (topic, event) -> codec.encode(event.header(), event.payload()),
                (topic, bytes) -> codec.decode(bytes));
    }

    public static Serde<IndexedHeader> headers() {
        WriteHeaderCodec codec = new WriteHeaderCodec(2);
        return Serdes.serdeFrom(
                (topic, event) -> codec.encode(event), (topic, bytes) -> codec.decode(bytes));
    }

    public static Serde<Progress> progress() {
        SpecificRecordCodec<Progress> codec =
                new SpecificRecordCodec<>(Progress.class, 3, WriterSchemas.NONE);
        return Serdes.serdeFrom(
                (topic, event) -> codec.encode(event), (topic, bytes) -> codec.decode(bytes));
    }
}
