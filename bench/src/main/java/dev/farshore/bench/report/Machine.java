package dev.farshore.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** What a figure was seen on. */
final class Machine {
    private Machine() {}

    static String inWords() throws IOException {
        return String.format(
                Locale.ROOT,
                "%d cores (%s), %.0f GiB of memory, %s %s, Java %s",
                Runtime.getRuntime().availableProcessors(),
                field(Path.of("/proc/cpuinfo"), "model name", "model unknown"),
                memoryGiB(),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.version());
    }

    private static double memoryGiB() throws IOException {
        String kib = field(Path.of("/proc/meminfo"), "MemTotal", "0 kB").split(" ", 2)[0];
        return Long.parseLong(kib) / (double) (1 << 20);
    }

    private static String field(Path file, String name, String otherwise) throws IOException {
        if (!Files.exists(file)) {
            return otherwise;
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        }
    }
}
