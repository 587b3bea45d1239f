package dev.farshore.bench.scrape;

import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import com.sun.management.OperatingSystemMXBean;

import dev.farshore.bench.report.BenchResult;
import dev.farshore.bench.report.Median;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code GET /metrics} of a real node that writes many volumes: how long it takes, as a client sees
 * it, and how much comes. The volumes are open and idle.
 */
public final class ScrapeBench {
    private static final int WARM_UPS = 20;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final double TARGET_MILLIS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration POLL = Duration.ofMillis(500);

    /** There once a volume is written here, and has its image. */
    private static final List<String> PER_VOLUME =
            List.of("farshore_volume_published_seq{", "farshore_image_health{");

    private final Path folder;
    private final EmbeddedEnvironment environment;
    private final int volumes;
    private final int scrapes;
    private final Consumer<String> news;

    /**
     * @param environment with no topics yet
     * @param scrapes to be timed
     */
    public ScrapeBench(
            Path folder,
            EmbeddedEnvironment environment,
            int volumes,
            int scrapes,
            Consumer<String> news) {
        this.folder = folder;
        this.environment = environment;
        this.volumes = volumes;
        this.scrapes = scrapes;
        this.news = news;
    }

    /**
     * @throws IOException if the node does not answer, or does not open the volumes in time
     */
    public List<BenchResult> run() throws IOException, InterruptedException {
        try (ScrapedNode node = new ScrapedNode(folder, environment);
                HttpClient client = HttpClient.newHttpClient()) {
            news.accept("creating %d volumes".formatted(volumes));
            node.create(volumes);
            HttpRequest plain = HttpRequest.newBuilder(node.metrics()).build();
            HttpRequest zipped =
                    HttpRequest.newBuilder(node.metrics())
                            .header("Accept-Encoding", "gzip")
                            .build();
            awaitOpen(client, plain);
            news.accept("scraping %d times".formatted(scrapes));
            time(client, plain, WARM_UPS);
            time(client, zipped, WARM_UPS);
            double startMillis = processorMillis();
            List<Double> plainMillis = time(client, plain, scrapes);
            double processorMillis = (processorMillis() - startMillis) / scrapes;
            return results(
                    plainMillis,
                    processorMillis,
                    time(client, zipped, scrapes),
                    scrape(client, plain),
                    scrape(client, zipped));
        }
    }

    private List<BenchResult> results(
            List<Double> plain,
            double processorMillis,
            List<Double> zipped,
            byte[] text,
            byte[] zippedText) {
        String of = "of a node with %,d volumes".formatted(volumes);
        long series =
                new String(text, StandardCharsets.UTF_8).lines().filter(this::isSeries).count();
        return List.of(
                BenchResult.bounded(
                        "scrape " + of + ", median",
                        Median.of(plain),
                        "ms",
                        AT_MOST,
                        TARGET_MILLIS),
                BenchResult.bounded(
                        "scrape " + of + ", p99", p99(plain), "ms", AT_MOST, TARGET_MILLIS),
                BenchResult.of(
                        "processor time of a scrape " + of + ", its client included",
                        processorMillis,
                        "ms"),
                BenchResult.bounded(
                        "compressed scrape " + of + ", median",
                        Median.of(zipped),
                        "ms",
                        AT_MOST,
                        TARGET_MILLIS),
                BenchResult.of("series " + of, series, "series"),
                BenchResult.of("size of a scrape " + of, text.length / 1e6, "MB"),
                BenchResult.of("size of a compressed scrape " + of, zippedText.length / 1e6, "MB"));
    }

    private boolean isSeries(String line) {
        return !line.startsWith("#");
    }

    private static double p99(List<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        return sorted.get((int) Math.ceil(0.99 * sorted.size()) - 1);
    }

    private void awaitOpen(HttpClient client, HttpRequest metrics)
            throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String text = new String(scrape(client, metrics), StandardCharsets.UTF_8);
            if (PER_VOLUME.stream().allMatch(start -> count(text, start) >= volumes)) {
                return;
            }
            if (System.nanoTime() > deadlineNanos) {
                throw new IOException(
                        "%d of %d volumes are open after %d min"
                                .formatted(
                                        count(text, PER_VOLUME.getFirst()),
                                        volumes,
                                        PATIENCE.toMinutes()));
            }
            Thread.sleep(POLL);
        }
    }

    private static long count(String text, String start) {
        return text.lines().filter(line -> line.startsWith(start)).count();
    }

    /** What the whole JVM has used, the client and the idle volumes included. */
    private static double processorMillis() {
        return PROCESS.getProcessCpuTime() / 1e6;
    }

    private static List<Double> time(HttpClient client, HttpRequest metrics, int times)
            throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int done = 0; done < times; done++) {
            long startNanos = System.nanoTime();
            scrape(client, metrics);
            millis.add((System.nanoTime() - startNanos) / 1e6);
        }
        return millis;
    }

    private static byte[] scrape(HttpClient client, HttpRequest metrics)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = client.send(metrics, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException("%s answered %d".formatted(metrics.uri(), answer.statusCode()));
        }
        return answer.body();
    }
}
