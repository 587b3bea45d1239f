package dev.farshore.process.config;

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
    private static final Key.Value<List<String>> BOOTSTRAP_SERVERS = Key.texts("bootstrapServers");
    private static final Key.Value<Map<String, String>> PROPERTIES = Key.properties("properties");
    static final Key.Group KAFKA = Key.group("kafka", BOOTSTRAP_SERVERS, PROPERTIES);

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
            throw new InvalidValueException(BOOTSTRAP_SERVERS, "is empty", "HOST:PORT, …");
        }
        for (String server : bootstrapServers) {
            if (!HOST_PORT.matcher(server).matches()) {
                throw new InvalidValueException(
                        BOOTSTRAP_SERVERS, "'" + server + "' is no address", "HOST:PORT");
            }
        }
        for (String property : properties.keySet()) {
            if (RESERVED.contains(property)) {
                throw new InvalidValueException(
                        PROPERTIES,
                        property + " is farshore's own to set",
                        "Kafka client settings except "
                                + String.join(", ", RESERVED.stream().sorted().toList()));
            }
        }
    }

    static KafkaConfig from(Section file) {
        Section section = file.section(KAFKA);
        List<String> servers =
                section.get(BOOTSTRAP_SERVERS).stream()
                        .flatMap(text -> List.of(text.split(",", -1)).stream())
                        .map(String::strip)
                        .toList();
        return section.build(() -> new KafkaConfig(servers, section.get(PROPERTIES, Map.of())));
    }

    /** The same servers with other settings of every client. */
    public KafkaConfig withProperties(Map<String, String> other) {
        return new KafkaConfig(bootstrapServers, other);
    }

    /** As Kafka's clients take them. */
    public String bootstrap() {
        return String.join(",", bootstrapServers);
    }

    /** As whom Kafka knows clients with these settings, such as {@code User:node-a}. */
    public String principal() {
        return ClientPrincipal.of(clientProperties());
    }

    /** Without the values of properties, which may be secrets. */
    @Override
    public String toString() {
        return "KafkaConfig[%s, properties %s]"
                .formatted(bootstrap(), properties.keySet().stream().sorted().toList());
    }

    /** Settings to begin every client's with. */
    public Map<String, Object> clientProperties() {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("bootstrap.servers", bootstrap());
        return all;
    }
}
