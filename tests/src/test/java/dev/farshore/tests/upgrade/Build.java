package dev.farshore.tests.upgrade;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A build of Farshore whose processes a test runs.
 *
 * @param version what its nodes say; empty if that is not known
 * @param classPath of its processes
 * @param knowsDrains whether its nodes can be drained
 */
record Build(String version, String classPath, boolean knowsDrains) {

    /** This build under another version: the first version that is found counts. */
    static Build of(String version, Path folder) throws IOException {
        Path resource = folder.resolve("dev/farshore/process/start/version.properties");
        Files.createDirectories(resource.getParent());
        Files.writeString(resource, "version=" + version + "\n");
        return new Build(
                version, folder + File.pathSeparator + System.getProperty("java.class.path"), true);
    }

    /** One from before nodes could be drained. */
    static Build old(String classPath) {
        return new Build("", classPath, false);
    }
}
