package dev.farshore.testkit.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Java program in a process of its own, which runs on the JVM of this process and ends with it at
 * the latest ({@link GuardedMain}). Its output goes to a log file.
 *
 * <p>Threading: any thread. Ownership: whoever started it keeps a reference to it; a child that
 * nobody refers to any more may end.
 */
public final class ChildJvm {

    /**
     * @param name as messages call it
     * @param classpath of the program
     * @param jvmOptions heap and properties
     * @param log output is appended to it
     */
    record Program(
            String name,
            List<Path> classpath,
            List<String> jvmOptions,
            List<String> mainClassAndArguments,
            Path log) {}

    /** Names further options for each of these JVMs, separated by spaces; they come last. */
    public static final String OPTIONS_PROPERTY = "farshore.embedded.options";

    /** Names the JDK that these servers run in, if not this process's own. */
    public static final String JAVA_HOME_PROPERTY = "farshore.embedded.java";

    private static final List<String> FURTHER_OPTIONS =
            Stream.of(System.getProperty(OPTIONS_PROPERTY, "").split(" "))
                    .filter(option -> !option.isBlank())
                    .toList();
    private static final int TAIL_LINES = 15;
    private static final int TAIL_BYTES = 1 << 16;

    private final Program program;
    private final Process process;
    private final long logStartBytes;

    private ChildJvm(Program program, Process process, long logStartBytes) {
        this.program = program;
        this.process = process;
        this.logStartBytes = logStartBytes;
    }

    static ChildJvm start(Program program) throws IOException {
        Files.createDirectories(program.log().toAbsolutePath().getParent());
        long logStartBytes = Files.exists(program.log()) ? Files.size(program.log()) : 0;
        List<String> command = new ArrayList<>(ownSession());
        String javaHome = System.getProperty("java.home");
        command.add(
                Path.of(System.getProperty(JAVA_HOME_PROPERTY, javaHome), "bin", "java")
                        .toString());
        command.addAll(program.jvmOptions());
        command.addAll(FURTHER_OPTIONS);
        command.add("-cp");
        command.add(
                Stream.concat(Stream.of(EmbeddedFiles.ownCode()), program.classpath().stream())
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator)));
        command.add(GuardedMain.class.getName());
        command.addAll(program.mainClassAndArguments());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(program.log().toFile()))
                        .start();
        return new ChildJvm(program, process, logStartBytes);
    }

    /**
     * A session of its own, where the system has the tool for it: Ctrl-C in the terminal then
     * reaches this process only, which stops its children when it no longer needs them.
     */
    private static List<String> ownSession() {
        return Stream.of("/usr/bin/setsid", "/bin/setsid")
                .filter(tool -> Files.isExecutable(Path.of(tool)))
                .limit(1)
                .toList();
    }

    Program program() {
        return program;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Asks it to end, and makes it when it has not after {@code patience}. */
    void stop(Duration patience) {
        // Not process.destroy(): that closes the child's input too, which means we are gone.
        process.toHandle().destroy();
        boolean ended = false;
        boolean interrupted = false;
        try {
            ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (!ended) {
            kill();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it at once, as a crash would, and returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** How it ended. */
    String exitStatus() {
        return process.isAlive() ? "running" : "exit status " + process.exitValue();
    }

    /** The last lines it logged since it was started, indented. */
    String logTail() {
        try (var channel = Files.newByteChannel(program.log())) {
            long from = Math.max(logStartBytes, channel.size() - TAIL_BYTES);
            var bytes = ByteBuffer.allocate((int) (channel.size() - from));
            channel.position(from);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // Read on.
            }
            List<String> lines = new String(bytes.array(), StandardCharsets.UTF_8).lines().toList();
            return lines.stream()
                    .skip(Math.max(0, lines.size() - TAIL_LINES))
                    .map(line -> "    " + line)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "    (its log can't be read: " + e.getMessage() + ")";
        }
    }
}
