package dev.farshore.cli.bench.apply;

import dev.farshore.cli.embedded.EmbeddedFiles;
import dev.farshore.schemas.topic.Topics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Kafka's own consumer performance test on {@code farshore.writes}, in a process of its own. */
final class ConsumerPeer {
    private static final int TIMEOUT_SECONDS = 120;

    // Of the tool's table: …, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec.
    private static final int FETCH_MB_COLUMN = 8;
    private static final int FETCH_EVENTS_COLUMN = 9;

    private ConsumerPeer() {}

    /**
     * What it measured while it fetched, without the time to join its group.
     *
     * @param mebibytesPerSecond as the tool counts: 2^20 bytes
     */
    record Rates(double mebibytesPerSecond, double recordsPerSecond) {}

    /**
     * @param records how many to read
     * @param folder for its output
     */
    static Rates run(BenchLog log, long records, Path folder)
            throws IOException, InterruptedException {
        Path output = folder.resolve("consumer-performance.txt");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-cp",
                                EmbeddedFiles.locate().kafkaToolsClasspath(),
                                "org.apache.kafka.tools.ConsumerPerformance",
                                "--bootstrap-server",
                                log.bootstrapServers(),
                                "--topic",
                                Topics.WRITES,
                                "--num-records",
                                Long.toString(records),
                                "--timeout",
                                "20000",
                                "--hide-header")
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        "Kafka's consumer performance test took longer than %d s"
                                .formatted(TIMEOUT_SECONDS));
            }
        } finally {
            process.destroyForcibly();
        }
        return parse(Files.readAllLines(output, StandardCharsets.UTF_8));
    }

    private static Rates parse(List<String> lines) throws IOException {
        for (String line : lines) {
            String[] columns = line.split(", *", -1);
            if (columns.length > FETCH_EVENTS_COLUMN && columns[0].startsWith("20")) {
                return new Rates(
                        Double.parseDouble(columns[FETCH_MB_COLUMN]),
                        Double.parseDouble(columns[FETCH_EVENTS_COLUMN]));
            }
        }
        throw new IOException(
                "Kafka's consumer performance test printed no result: " + String.join("\n", lines));
    }
}
