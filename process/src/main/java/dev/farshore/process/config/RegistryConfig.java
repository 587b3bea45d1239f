package dev.farshore.process.config;

import java.net.URI;

/**
 * How to reach the schema registry.
 *
 * @param url of Confluent's API
 */
public record RegistryConfig(URI url) {
    public RegistryConfig {
        if (url.getHost() == null
                || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new InvalidValueException(
                    "url", "'" + url + "' is no address of a registry", "http(s)://HOST:PORT/PATH");
        }
    }

    public static RegistryConfig from(Section file) {
        Section section = file.section("registry", "url");
        String text = section.text("url");
        return section.build(() -> new RegistryConfig(uri(text)));
    }

    private static URI uri(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    "url", "'" + text + "' is no address", "http(s)://HOST:PORT/PATH");
        }
    }
}
