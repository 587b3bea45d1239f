package dev.farshore.bench.peer;

import dev.farshore.testkit.embedded.EmbeddedFiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kafka's own performance tests, each in a JVM of its own, as its scripts would run them. */
public final class KafkaPerformance {
    private static final Pattern PRODUCED =
            Pattern.compile("records sent, ([\\d.]+) records/sec(?: \\(([\\d.]+) MB/sec\\))?.*");
    private static final int FETCHED_RECORDS_PER_SECOND = 9;

    private final EmbeddedFiles files;
    private final String bootstrap;

    public KafkaPerformance(EmbeddedFiles files, String bootstrap) {
        this.files = files;
        this.bootstrap = bootstrap;
    }

    /**
     * @param properties of the producer, besides the brokers' addresses
     * @return records a second, the warming up left out
     */
    public double produce(String topic, int recordBytes, long records, List<String> properties)
            throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "org.apache.kafka.tools.ProducerPerformance",
                                "--topic",
                                topic,
                                "--num-records",
                                Long.toString(records),
                                "--warmup-records",
                                Long.toString(records / 3),
                                "--record-size",
                                Integer.toString(recordBytes),
                                "--throughput",
                                "-1",
                                "--producer-props",
                                "bootstrap.servers=" + bootstrap));
        arguments.addAll(properties);
        String out = run(arguments);
        Matcher line = PRODUCED.matcher(out);
        double perSecond = 0;
        while (line.find()) {
            perSecond = Double.parseDouble(line.group(1)); // the last is the whole
        }
        if (perSecond == 0) {
            throw new IOException("no result in what the producer test printed:\n" + out);
        }
        return perSecond;
    }

    /**
     * @return records a second, joining the group left out
     */
    public double consume(String topic, long records) throws IOException, InterruptedException {
        String out =
                run(
                        List.of(
                                "org.apache.kafka.tools.ConsumerPerformance",
                                "--bootstrap-server",
                                bootstrap,
                                "--topic",
                                topic,
                                "--num-records",
                                Long.toString(records),
                                "--timeout",
                                "60000",
                                "--hide-header"));
        List<String> columns = List.of();
        for (String line : out.lines().toList()) {
            List<String> cells = List.of(line.split(",\\s*", -1));
            columns = cells.size() > FETCHED_RECORDS_PER_SECOND ? cells : columns;
        }
        if (columns.isEmpty()) {
            throw new IOException("no result in what the consumer test printed:\n" + out);
        }
        return Double.parseDouble(columns.get(FETCHED_RECORDS_PER_SECOND));
    }

    private String run(List<String> mainAndArguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-XX:+UseG1GC",
                                "-cp",
                                files.kafkaToolsClasspath()));
        command.addAll(mainAndArguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(
                        "%s ended with status %d: %s"
                                .formatted(mainAndArguments.getFirst(), status, out));
            }
            return out;
        } finally {
            process.destroyForcibly();
        }
    }
}
