package dev.farshore.tests.support;

import org.opentest4j.TestAbortedException;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of others that tests drive: qemu-io, nbdinfo, fio and the like. */
public final class RealTools {

    /** Set by {@code ./farshore check}: there a missing program is a failure. */
    private static final String CHECK_PROPERTY = "farshore.check";

    private RealTools() {}

    /**
     * Finds a program, or ends the test: skipped with the reason, and failed in a check.
     *
     * @param tool name of the program
     */
    public static Path require(String tool) {
        Optional<Path> found = find(tool);
        if (found.isPresent()) {
            return found.get();
        }
        String problem =
                "%s is not installed; './farshore check' installs it or says how".formatted(tool);
        if (Boolean.getBoolean(CHECK_PROPERTY)) {
            throw new AssertionError(problem);
        }
        throw new TestAbortedException(problem);
    }

    private static Optional<Path> find(String tool) {
        // Ordinary users often have no sbin on their path, and some of these programs lie there.
        Stream<String> folders =
                Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)),
                        Stream.of("/usr/sbin", "/sbin"));
        return folders.map(folder -> Path.of(folder, tool)).filter(Files::isExecutable).findFirst();
    }
}
