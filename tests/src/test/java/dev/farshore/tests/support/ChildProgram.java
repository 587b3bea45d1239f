package dev.farshore.tests.support;

import static org.assertj.core.api.Assertions.fail;

import dev.farshore.testkit.embedded.ChildJvm;
import dev.farshore.testkit.embedded.EmbeddedFiles;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program a test runs. What it prints is kept; it and all its children are killed at the end of
 * the test, by their process ids.
 */
public final class ChildProgram implements AutoCloseable {
    /** Many share the machine of a test, and none lives long. */
    private static final List<String> JAVA_OPTIONS =
            List.of(
                    "-Xmx512m",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow");

    /** What embedded servers are told by the build, those of a child are, too. */
    private static final List<String> PASSED_ON =
            List.of(EmbeddedFiles.ROOT_PROPERTY, ChildJvm.OPTIONS_PROPERTY);

    private final Process process;
    private final Path output;

    private ChildProgram(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /**
     * @param output file for what it prints on both streams
     */
    public static ChildProgram start(Path output, List<String> command) throws IOException {
        return new ChildProgram(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .start(),
                output);
    }

    /** Runs a class's {@code main} on this JVM's class path. */
    public static ChildProgram java(Path output, Class<?> main, String... arguments)
            throws IOException {
        return java(output, List.of(), main, arguments);
    }

    /** The same with options for the JVM. */
    public static ChildProgram java(
            Path output, List<String> jvmOptions, Class<?> main, String... arguments)
            throws IOException {
        return java(output, List.of(), jvmOptions, main, arguments);
    }

    /**
     * The same in an environment of its own.
     *
     * @param variables each {@code NAME=value}
     */
    public static ChildProgram java(
            Path output,
            List<String> variables,
            List<String> jvmOptions,
            Class<?> main,
            String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(withDefaultInterrupt());
        if (!variables.isEmpty() && command.isEmpty()) {
            command.add("env");
        }
        command.addAll(variables);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_OPTIONS);
        for (String property : PASSED_ON) {
            if (System.getProperty(property) != null) {
                command.add("-D" + property + "=" + System.getProperty(property));
            }
        }
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return start(output, command);
    }

    /**
     * A build in the background ignores SIGINT, one under {@code nohup} SIGHUP. Children inherit
     * that, and a JVM then never hears of these signals.
     */
    private static List<String> withDefaultInterrupt() throws IOException {
        List<String> wrapper = List.of("env", "--default-signal=INT,HUP");
        List<String> probe = new ArrayList<>(wrapper);
        probe.add("true");
        try {
            return new ProcessBuilder(probe).start().waitFor() == 0 ? wrapper : List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    public long pid() {
        return process.pid();
    }

    /** What it printed so far. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed something that matches. */
    public Matcher awaitOutput(String regex, Duration limit) {
        Pattern pattern = Pattern.compile(regex);
        try {
            return Awaitility.await("output " + regex)
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(20))
                    .until(
                            () -> {
                                Matcher matcher = pattern.matcher(output());
                                boolean found = matcher.find();
                                if (!found && !process.isAlive()) {
                                    fail("ended without printing '%s':\n%s", regex, output());
                                }
                                return matcher;
                            },
                            matcher -> matcher.hasMatch());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("did not print '" + regex + "', but:\n" + output(), e);
        }
    }

    /** Sends a signal, as {@code kill} names it: {@code INT}, {@code TERM}, {@code KILL}. */
    public void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    }

    /** Waits for its end and returns its exit status. */
    public int awaitExit(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running after " + limit + ":\n" + output());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().join());
    }
}
