package dev.farshore.process.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;

import java.time.Duration;
import java.util.Map;

/**
 * What every process of farshore connects to.
 *
 * @param startTimeout how long to wait for Kafka and the registry at start
 */
public record ConnectionConfig(KafkaConfig kafka, RegistryConfig registry, Duration startTimeout) {
    public static final Key.Group KAFKA = KafkaConfig.KAFKA;
    public static final Key.Group REGISTRY = RegistryConfig.REGISTRY;
    public static final Key.Value<Duration> START_TIMEOUT = Key.duration("startTimeout");

    public static final Duration DEFAULT_START_TIMEOUT = ofSeconds(60);

    public ConnectionConfig {
        Check.range(START_TIMEOUT, startTimeout, ofSeconds(1), ofHours(1));
    }

    public ConnectionConfig withKafka(KafkaConfig other) {
        return new ConnectionConfig(other, registry, startTimeout);
    }

    /** Settings of the registry's client: authentication, TLS; with secrets filled in. */
    public Map<String, Object> registryProperties() {
        return registry.clientProperties(kafka);
    }

    /** The file has the keys that this class names. */
    public static ConnectionConfig from(Section file) {
        return file.build(
                () ->
                        new ConnectionConfig(
                                KafkaConfig.from(file),
                                RegistryConfig.from(file),
                                file.get(START_TIMEOUT, DEFAULT_START_TIMEOUT)));
    }
}
