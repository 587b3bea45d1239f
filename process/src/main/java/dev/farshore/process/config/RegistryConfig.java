package dev.farshore.process.config;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/**
 * How to reach the schema registry.
 *
 * @param url of Confluent's API
 * @param properties of Confluent's client: authentication, TLS
 */
public record RegistryConfig(URI url, Map<String, String> properties) {
    private static final Key.Value<String> URL = Key.text("url");
    private static final Key.Value<Map<String, String>> PROPERTIES = Key.properties("properties");
    static final Key.Group REGISTRY = Key.group("registry", URL, PROPERTIES);
    private static final String CONFIG_PROVIDERS = "config.providers";

    public RegistryConfig {
        properties = Map.copyOf(properties);
        if (url.getHost() == null
                || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new InvalidValueException(
                    URL, "'" + url + "' is no address of a registry", "http(s)://HOST:PORT/PATH");
        }
        if (url.getUserInfo() != null) {
            throw new InvalidValueException(
                    URL,
                    "has a password in it, which would be logged; it belongs in"
                            + " registry.properties: basic.auth.credentials.source: USER_INFO and"
                            + " basic.auth.user.info");
        }
    }

    /** Without authentication, or TLS settings of its own. */
    public RegistryConfig(URI url) {
        this(url, Map.of());
    }

    static RegistryConfig from(Section file) {
        Section section = file.section(REGISTRY);
        String text = section.get(URL);
        return section.build(
                () -> new RegistryConfig(uri(text), section.get(PROPERTIES, Map.of())));
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    URL, "'" + text + "' is no address", "http(s)://HOST:PORT/PATH");
        }
    }

    /**
     * Settings of Confluent's client, which knows no config providers: what they deliver is filled
     * in here. Those of {@code kafka} count too.
     */
    Map<String, Object> clientProperties(KafkaConfig kafka) {
        Map<String, Object> all = new HashMap<>();
        kafka.properties()
                .forEach(
                        (key, value) -> {
                            if (key.startsWith(CONFIG_PROVIDERS)) {
                                all.put(key, value);
                            }
                        });
        all.putAll(properties);
        Map<String, Object> resolved = new HashMap<>(ClientPrincipal.resolved(all));
        resolved.keySet().removeIf(key -> key.startsWith(CONFIG_PROVIDERS));
        return resolved;
    }

    /** Without the values of properties, which may be secrets. */
    @Override
    public String toString() {
        return "RegistryConfig[%s, properties %s]"
                .formatted(url, properties.keySet().stream().sorted().toList());
    }
}
