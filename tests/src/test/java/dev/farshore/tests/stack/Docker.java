package dev.farshore.tests.stack;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Docker's command line, with what a stack's containers take from the environment. */
final class Docker {
    private static final Duration SHORT = Duration.ofSeconds(120);

    /** Without an engine these tests are skipped, except where everything has to run. */
    private static final boolean IS_REQUIRED = Boolean.parseBoolean(System.getenv("CI"));

    private final Path folder;
    private final Map<String, String> environment;
    private final List<String> compose;

    private Docker(Path folder, Map<String, String> environment, List<String> compose) {
        this.folder = folder;
        this.environment = environment;
        this.compose = compose;
    }

    /** Ends the test where no engine answers: skipped, or failed in continuous integration. */
    static Docker require(Path folder, Map<String, String> environment)
            throws IOException, InterruptedException {
        Docker docker = new Docker(folder, environment, List.of("docker-compose"));
        if (!docker.succeeds("docker", "version")) {
            throw cannotRun("no Docker engine answers; start one with: build/engine start");
        }
        if (docker.succeeds("docker-compose", "version")) {
            return docker;
        }
        if (docker.succeeds("docker", "compose", "version")) {
            return new Docker(folder, environment, List.of("docker", "compose"));
        }
        throw cannotRun("there is neither docker-compose nor docker compose");
    }

    private static RuntimeException cannotRun(String why) {
        String message = "the tests of compose/ cannot run: " + why;
        System.err.println("SKIPPED or failed: " + message);
        if (IS_REQUIRED) {
            throw new AssertionError(message);
        }
        return new TestAbortedException(message);
    }

    String compose(Duration limit, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(compose);
        command.addAll(arguments);
        return run(limit, command);
    }

    String run(String... command) throws IOException, InterruptedException {
        return run(SHORT, List.of(command));
    }

    /**
     * Returns what it printed on standard output; both streams are in the message if it fails.
     *
     * @throws IOException also when its exit status is not 0
     */
    String run(Duration limit, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("farshore-docker-", ".out");
        Path errors = Files.createTempFile("farshore-docker-", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectOutput(output.toFile())
                            .redirectError(errors.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended || process.exitValue() != 0) {
                    throw new IOException(
                            "%s %s:%n%s%s"
                                    .formatted(
                                            String.join(" ", command),
                                            ended
                                                    ? "failed with " + process.exitValue()
                                                    : "took longer than " + limit,
                                            Files.readString(output),
                                            Files.readString(errors)));
                }
                return Files.readString(output, StandardCharsets.UTF_8);
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }

    private boolean succeeds(String... command) throws InterruptedException {
        try {
            run(command);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
