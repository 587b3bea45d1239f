package dev.farshore.process.config;

import java.net.URI;

/**
 * How to reach the schema registry.
 *
 * @param url of Confluent's API
 */
public record RegistryConfig(URI url) {
    private static final Key.Value<String> URL = Key.text("url");
    static final Key.Group REGISTRY = Key.group("registry", URL);

    public RegistryConfig {
        if (url.getHost() == null
                || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new InvalidValueException(
                    URL, "'" + url + "' is no address of a registry", "http(s)://HOST:PORT/PATH");
        }
    }

    static RegistryConfig from(Section file) {
        Section section = file.section(REGISTRY);
        String text = section.get(URL);
        return section.build(() -> new RegistryConfig(uri(text)));
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    URL, "'" + text + "' is no address", "http(s)://HOST:PORT/PATH");
        }
    }
}
