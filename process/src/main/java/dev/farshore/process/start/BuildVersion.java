package dev.farshore.process.start;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Farshore that runs. */
public final class BuildVersion {
    private static final String FILE = "version.properties";

    private BuildVersion() {}

    /**
     * As the build has written it.
     *
     * @throws UncheckedIOException if the build has written none
     */
    public static String current() {
        Properties build = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IOException("this build has no " + FILE);
            }
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return build.getProperty("version");
    }
}
