package dev.farshore.process.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that this process was built as. */
public final class BuildVersion {
    private static final String RESOURCE = "/dev/farshore/process/version.properties";

    private BuildVersion() {}

    /** For instance {@code 0.1.0}. */
    public static String text() {
        Properties build = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("this build has no " + RESOURCE);
            }
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + RESOURCE, e);
        }
        return build.getProperty("version", "");
    }
}
