package dev.farshore.coordinator.config;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;
import dev.farshore.schemas.topic.Retention;
import dev.farshore.schemas.topic.TopicSettings;

import java.time.Duration;

/** How topics are created. */
final class TopicsConfig {
    private static final Key.Value<Integer> PARTITIONS = Key.integer("partitions");
    private static final Key.Value<Integer> REPLICATION_FACTOR = Key.integer("replicationFactor");
    private static final Key.Value<Duration> WRITES_RETENTION = Key.duration("writesRetention");
    private static final Key.Value<Long> WRITES_RETENTION_BYTES = Key.bytes("writesRetentionBytes");
    private static final Key.Value<Duration> HEADERS_RETENTION = Key.duration("headersRetention");
    private static final Key.Value<Long> HEADERS_RETENTION_BYTES =
            Key.bytes("headersRetentionBytes");
    static final Key.Group TOPICS =
            Key.group(
                    "topics",
                    PARTITIONS,
                    REPLICATION_FACTOR,
                    WRITES_RETENTION,
                    WRITES_RETENTION_BYTES,
                    HEADERS_RETENTION,
                    HEADERS_RETENTION_BYTES);

    static final TopicSettings DEFAULT = TopicSettings.of(64, 3);

    private TopicsConfig() {}

    static TopicSettings from(Section file) {
        Section section = file.section(TOPICS);
        int partitions = section.get(PARTITIONS, DEFAULT.partitions());
        int replicationFactor = section.get(REPLICATION_FACTOR, (int) DEFAULT.replicationFactor());
        return section.build(
                () -> {
                    Check.range(PARTITIONS, partitions, 1, 10_000);
                    Check.range(REPLICATION_FACTOR, replicationFactor, 1, 9);
                    return new TopicSettings(
                            partitions,
                            (short) replicationFactor,
                            new Retention(
                                    section.get(WRITES_RETENTION, DEFAULT.writes().time()),
                                    section.get(
                                            WRITES_RETENTION_BYTES,
                                            DEFAULT.writes().bytesPerPartition())),
                            new Retention(
                                    section.get(HEADERS_RETENTION, DEFAULT.headers().time()),
                                    section.get(
                                            HEADERS_RETENTION_BYTES,
                                            DEFAULT.headers().bytesPerPartition())));
                });
    }
}
