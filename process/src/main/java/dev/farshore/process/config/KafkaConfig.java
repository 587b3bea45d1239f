package dev.farshore.process.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How to reach Kafka.
 *
 * @param bootstrapServers each {@code host:port}
 * @param properties for every client: security and the like
 */
public record KafkaConfig(List<String> bootstrapServers, Map<String, String> properties) {
    /** How long a process waits for Kafka and the registry when it starts. */
    public static final Duration DEFAULT_START_TIMEOUT = Duration.ofSeconds(60);

    private static final Pattern HOST_PORT =
            Pattern.compile("[^\\s:,/]+:\\d{1,5}|\\[[^]]+]:\\d{1,5}");

    /** Set by farshore itself; other values would break what it promises. */
    private static final Set<String> RESERVED =
            Set.of(
                    "bootstrap.servers",
                    "acks",
                    "enable.idempotence",
                    "group.id",
                    "application.id",
                    "max.in.flight.requests.per.connection");

    public KafkaConfig {
        bootstrapServers = List.copyOf(bootstrapServers);
        properties = Map.copyOf(properties);
        if (bootstrapServers.isEmpty()) {
            throw new InvalidValueException("bootstrapServers", "is empty", "HOST:PORT, …");
        }
        for (String server : bootstrapServers) {
            if (!HOST_PORT.matcher(server).matches()) {
                throw new InvalidValueException(
                        "bootstrapServers", "'" + server + "' is no address", "HOST:PORT");
            }
        }
        for (String property : properties.keySet()) {
            if (RESERVED.contains(property)) {
                throw new InvalidValueException(
                        "properties",
                        property + " is farshore's own to set",
                        "Kafka client settings except "
                                + String.join(", ", RESERVED.stream().sorted().toList()));
            }
        }
    }

    public static KafkaConfig from(Section file) {
        Section section = file.section("kafka", "bootstrapServers", "properties");
        List<String> servers =
                section.texts("bootstrapServers").stream()
                        .flatMap(text -> List.of(text.split(",", -1)).stream())
                        .map(String::strip)
                        .toList();
        return section.build(() -> new KafkaConfig(servers, section.properties("properties")));
    }

    /** As Kafka's clients take them. */
    public String bootstrap() {
        return String.join(",", bootstrapServers);
    }

    /** Settings to begin every client's with. */
    public Map<String, Object> clientProperties() {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("bootstrap.servers", bootstrap());
        return all;
    }
}
