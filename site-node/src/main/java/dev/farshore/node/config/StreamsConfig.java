package dev.farshore.node.config;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.time.Duration;

/**
 * The Kafka Streams application.
 *
 * @param threads that apply events; a volume is applied by one
 * @param standbyReplicas further nodes of the site that hold a hot copy of each volume, as far as
 *     there are such nodes
 * @param sessionTimeout after which a dead node's volumes go to another
 */
public record StreamsConfig(int threads, int standbyReplicas, Duration sessionTimeout) {
    private static final Key.Value<Integer> THREADS = Key.integer("threads");
    private static final Key.Value<Integer> STANDBY_REPLICAS = Key.integer("standbyReplicas");
    private static final Key.Value<Duration> SESSION_TIMEOUT = Key.duration("sessionTimeout");
    static final Key.Group STREAMS =
            Key.group("streams", THREADS, STANDBY_REPLICAS, SESSION_TIMEOUT);

    public static final StreamsConfig DEFAULT = new StreamsConfig(2, 1, ofSeconds(10));

    public StreamsConfig {
        Check.range(THREADS, threads, 1, 64);
        Check.range(STANDBY_REPLICAS, standbyReplicas, 0, 4);
        Check.range(SESSION_TIMEOUT, sessionTimeout, ofSeconds(1), ofMinutes(5));
    }

    static StreamsConfig from(Section file) {
        Section section = file.section(STREAMS);
        return section.build(
                () ->
                        new StreamsConfig(
                                section.get(THREADS, DEFAULT.threads),
                                section.get(STANDBY_REPLICAS, DEFAULT.standbyReplicas),
                                section.get(SESSION_TIMEOUT, DEFAULT.sessionTimeout)));
    }
}
