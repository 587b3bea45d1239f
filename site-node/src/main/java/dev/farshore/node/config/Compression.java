package dev.farshore.node.config;

import dev.farshore.process.config.InvalidValueException;

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

    public static Compression parse(String key, String text) {
        return Arrays.stream(values())
                .filter(compression -> compression.kafkaName().equals(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new InvalidValueException(
                                        key,
                                        "'" + text + "' is unknown",
                                        String.join(
                                                ", ",
                                                Arrays.stream(values())
                                                        .map(Compression::kafkaName)
                                                        .toList())));
    }
}
