package dev.farshore.tests.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.opentest4j.TestAbortedException;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** How a program ended, and what it had printed on both streams. */
    public record Result(int status, String output) {}

    /** Runs it to its end. */
    public static Result run(String tool, String... arguments)
            throws IOException, InterruptedException {
        return runIn(Path.of("").toAbsolutePath(), tool, arguments);
    }

    /** The same in a folder. */
    public static Result runIn(Path folder, String tool, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of(require(tool).toString()), Stream.of(arguments)).toList();
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Returns what it printed; it has to succeed. */
    public static String succeed(String tool, String... arguments)
            throws IOException, InterruptedException {
        Result result = run(tool, arguments);
        assertThat(result.status())
                .as("exit status of %s %s: %s", tool, List.of(arguments), result.output())
                .isZero();
        return result.output();
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
