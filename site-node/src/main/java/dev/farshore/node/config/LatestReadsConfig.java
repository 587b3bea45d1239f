package dev.farshore.node.config;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.time.Duration;

/**
 * Reads of the newest data in the log: the exports {@code VVOL@latest}.
 *
 * @param cacheBytes of the log's records kept for reads to come
 * @param patience how long a read waits for what the node has to know of the log, before it fails
 */
public record LatestReadsConfig(long cacheBytes, Duration patience) {
    private static final Key.Value<Long> CACHE = Key.bytes("cache");
    private static final Key.Value<Duration> PATIENCE = Key.duration("patience");
    static final Key.Group LATEST = Key.group("latest", CACHE, PATIENCE);

    public static final LatestReadsConfig DEFAULT = new LatestReadsConfig(64L << 20, ofSeconds(20));

    public LatestReadsConfig {
        Check.range(CACHE, cacheBytes, 1L << 20, 1L << 40);
        Check.range(PATIENCE, patience, ofSeconds(1), ofMinutes(10));
    }

    static LatestReadsConfig from(Section file) {
        Section section = file.section(LATEST);
        return section.build(
                () ->
                        new LatestReadsConfig(
                                section.get(CACHE, DEFAULT.cacheBytes),
                                section.get(PATIENCE, DEFAULT.patience)));
    }
}
