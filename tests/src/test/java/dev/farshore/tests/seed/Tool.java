package dev.farshore.tests.seed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.tests.support.RealTools;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Runs programs of others to their end. */
final class Tool {
    private Tool() {}

    /** Returns what it printed; it has to succeed. */
    static String run(String tool, String... arguments) throws Exception {
        List<String> command =
                Stream.concat(Stream.of(RealTools.require(tool).toString()), Stream.of(arguments))
                        .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status of %s: %s", command, output).isZero();
        return output;
    }
}
