package dev.farshore.apply.decode;

import dev.farshore.schemas.codec.SchemaUnavailableException;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * Returns what a deserializer throws at damaged bytes as a value, so that they stop one volume
 * only. Kafka Streams would stop the thread, or skip the record silently.
 */
public final class DecodedDeserializer<T> implements Deserializer<Decoded<T>> {
    private final Deserializer<T> deserializer;

    public DecodedDeserializer(Deserializer<T> deserializer) {
        this.deserializer = deserializer;
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        deserializer.configure(configs, isKey);
    }

    /**
     * @return null for a record without a value
     */
    @Override
    @SuppressWarnings("NullAway") // Kafka's interface says nothing of nulls; it means them.
    public @Nullable Decoded<T> deserialize(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        try {
            return new Decoded.Value<>(deserializer.deserialize(topic, bytes));
        } catch (SchemaUnavailableException | RetriableException e) {
            // A registry out of reach says nothing about the record.
            throw e;
        } catch (RuntimeException e) {
            return new Decoded.Unreadable<>(describe(e));
        }
    }

    private static String describe(RuntimeException error) {
        Throwable cause = error.getCause();
        return cause == null
                ? String.valueOf(error.getMessage())
                : "%s: %s".formatted(error.getMessage(), cause.getMessage());
    }

    @Override
    public void close() {
        deserializer.close();
    }
}
