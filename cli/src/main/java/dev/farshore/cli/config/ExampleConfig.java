package dev.farshore.cli.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Files to begin with: every key, its default, and what it means. */
public enum ExampleConfig {
    NODE("node.yaml"),
    COORDINATOR("coordinator.yaml");

    private final String resource;

    ExampleConfig(String resource) {
        this.resource = resource;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String text() {
        try (InputStream in = ExampleConfig.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("this build has no " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }
}
