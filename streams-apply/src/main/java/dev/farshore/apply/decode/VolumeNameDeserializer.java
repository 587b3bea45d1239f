package dev.farshore.apply.decode;

import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys of a partition: volume names as UTF-8. Most records have the key of the one before, and then
 * its very string.
 *
 * <p>Threading: any threads, without a lock: what is remembered is immutable, so a race at worst
 * creates a string twice.
 */
public final class VolumeNameDeserializer implements Deserializer<String> {
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Name(byte[] utf8, String text) {}

    private Name last = new Name(new byte[0], "");

    @Override
    @SuppressWarnings("NullAway") // Kafka's interface says nothing of nulls; it means them.
    public @Nullable String deserialize(String topic, byte @Nullable [] utf8) {
        if (utf8 == null) {
            return null;
        }
        Name name = last;
        if (!Arrays.equals(utf8, name.utf8())) {
            name = new Name(utf8, new String(utf8, StandardCharsets.UTF_8));
            last = name;
        }
        return name.text();
    }
}
