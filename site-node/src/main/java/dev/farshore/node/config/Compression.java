package dev.farshore.node.config;

import dev.farshore.process.config.Key;

import java.util.Arrays;
import java.util.Locale;

/** How batches of events are compressed on their way to Kafka, and there. */
public enum Compression {
    NONE,
    GZIP,
    SNAPPY,
    LZ4,
    ZSTD;

    /** As Kafka's {@code compression.type}. */
    public String kafkaName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A key whose value is one of them. */
    static Key.Value<Compression> key(String name) {
        return Key.single(name, Compression::parse);
    }

    /**
     * @param text as {@link #kafkaName}
     * @throws IllegalArgumentException if it is none; the message says what is allowed
     */
    public static Compression parse(String text) {
        return Arrays.stream(values())
                .filter(compression -> compression.kafkaName().equals(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "'%s' is unknown; allowed: %s"
                                                .formatted(
                                                        text,
                                                        String.join(
                                                                ", ",
                                                                Arrays.stream(values())
                                                                        .map(Compression::kafkaName)
                                                                        .toList()))));
    }
}
