package dev.farshore.schemas.registry;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.function.Function;

/** A codec as Kafka wants it. No value (a tombstone) is no bytes, both ways. */
record CodecSerde<T>(Function<T, byte[]> encode, Decode<T> decode) implements Serde<T> {

    interface Decode<T> {
        T decode(byte[] bytes, int offset, int length);
    }

    @Override
    public Serializer<T> serializer() {
        return new CodecSerializer<>(encode);
    }

    @Override
    public Deserializer<T> deserializer() {
        return new CodecDeserializer<>(decode);
    }

    private record CodecSerializer<T>(Function<T, byte[]> encode) implements Serializer<T> {
        @Override
        public byte @Nullable [] serialize(String topic, @Nullable T value) {
            return value == null ? null : encode.apply(value);
        }
    }

    private record CodecDeserializer<T>(Decode<T> decode) implements Deserializer<T> {
        @Override
        public @Nullable T deserialize(String topic, byte @Nullable [] record) {
            return record == null ? null : decode.decode(record, 0, record.length);
        }

        /** The consumer's own call: read in place; Kafka's default would copy the record first. */
        @Override
        public @Nullable T deserialize(String topic, Headers headers, @Nullable ByteBuffer record) {
            if (record == null) {
                return null;
            }
            if (record.hasArray()) {
                return decode.decode(
                        record.array(),
                        record.arrayOffset() + record.position(),
                        record.remaining());
            }
            byte[] copy = new byte[record.remaining()];
            record.get(record.position(), copy);
            return decode.decode(copy, 0, copy.length);
        }
    }
}
