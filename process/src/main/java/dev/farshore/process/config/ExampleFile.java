package dev.farshore.process.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A configuration file to begin with: every key, its default, and what it means. */
public final class ExampleFile {
    private ExampleFile() {}

    /** Returns the text of the resource {@code name} that lies beside {@code config}. */
    public static String beside(Class<?> config, String name) {
        try (InputStream in = config.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("this build has no " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
