package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.tests.support.RealTools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs programs of others in a folder. */
record RealClient(Path folder) {

    static RealClient in(Path folder) {
        return new RealClient(folder);
    }

    /** Returns what it printed on both streams; fails unless it ended well. */
    String run(String tool, String... arguments) throws IOException, InterruptedException {
        Ended ended = start(tool, arguments);
        assertThat(ended.status()).as("exit status of %s: %s", tool, ended.output()).isZero();
        return ended.output();
    }

    /** The same for one that should not end well. */
    String fail(String tool, String... arguments) throws IOException, InterruptedException {
        Ended ended = start(tool, arguments);
        assertThat(ended.status()).as("exit status of %s: %s", tool, ended.output()).isNotZero();
        return ended.output();
    }

    private record Ended(int status, String output) {}

    private Ended start(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of(RealTools.require(tool).toString()), Stream.of(arguments))
                        .toList();
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(process.waitFor(), output);
        } finally {
            process.destroyForcibly();
        }
    }
}
