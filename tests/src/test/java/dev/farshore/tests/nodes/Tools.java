package dev.farshore.tests.nodes;

import dev.farshore.tests.support.RealTools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Real clients, run to their end. */
final class Tools {
    private Tools() {}

    /**
     * @param output on both streams
     */
    record Result(int status, String output) {}

    static Result run(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                Stream.concat(Stream.of(RealTools.require(tool).toString()), Stream.of(arguments))
                        .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
