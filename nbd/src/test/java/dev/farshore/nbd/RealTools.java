package dev.farshore.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Assumptions;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of others that tests run against ours. */
public final class RealTools {
    private static final long LIMIT_SECONDS = 120;

    private RealTools() {}

    /** What a program has said and how it ended. */
    public record Result(List<String> command, int status, String output) {
        public Result assertSuccess() {
            assertThat(status).as("%s said:%n%s", command, output).isZero();
            return this;
        }
    }

    /**
     * Goes on only if the programs are installed. Where everything has to be checked (system
     * property {@code farshore.check}) a missing one is a failure, else a reason to skip.
     */
    public static void require(String... programs) {
        for (String program : programs) {
            if (find(program)) {
                continue;
            }
            String reason = program + " is not installed; ./farshore check installs it";
            if (Boolean.getBoolean("farshore.check")) {
                fail(reason);
            }
            Assumptions.abort(reason);
        }
    }

    private static boolean find(String program) {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        return Arrays.stream(path.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Runs a program to its end. */
    public static Result run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tool", ".out");
        try {
            Process process = start(output, command);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                fail("%s hung and said: %s", List.of(command), Files.readString(output));
            }
            return new Result(
                    List.of(command),
                    process.exitValue(),
                    Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    /** Starts a program; the caller ends it. */
    public static Process start(Path output, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        return builder.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
    }
}
