package dev.farshore.process.metrics;

import dev.farshore.process.start.BuildVersion;

import io.javalin.http.Context;
import io.prometheus.metrics.exporter.common.PrometheusScrapeHandler;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

import java.io.IOException;
import java.util.Map;

/**
 * The metrics of one process: its own registry, as several processes may share a JVM in tests, with
 * what all processes have. The parts of the process register the rest.
 *
 * <p>Threading: any thread. Whoever makes it closes it, after the Kafka clients.
 */
public final class ProcessMetrics implements AutoCloseable {
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusScrapeHandler scrapes = new PrometheusScrapeHandler(registry);
    private final Labels identity;
    private final KafkaCollector kafka;

    /**
     * @param identity labels of everything that is about the process as a whole; may be empty
     * @param clientNames the {@code client} label of Kafka clients, by their {@code client.id};
     *     others go by what they are: {@code producer}, {@code consumer}, {@code admin}
     */
    public ProcessMetrics(Labels identity, Map<String, String> clientNames) {
        this.identity = identity;
        kafka = new KafkaCollector(identity, clientNames);
        InfoSnapshot build = build(identity);
        registry.register((Collector) () -> build);
        registry.register(new JvmCollector());
        registry.register(kafka);
    }

    private static InfoSnapshot build(Labels identity) {
        return InfoSnapshot.builder()
                .name("farshore_build")
                .help("The version that runs.")
                .dataPoint(
                        InfoDataPointSnapshot.builder()
                                .labels(
                                        identity.merge(
                                                Labels.of("version", BuildVersion.current())))
                                .build())
                .build();
    }

    /** Labels of everything that is about the process as a whole. */
    public Labels identity() {
        return identity;
    }

    /** Where parts of the process register metrics that they count themselves. */
    public PrometheusRegistry registry() {
        return registry;
    }

    /** Adds metrics that are read from the state of a part of the process at each scrape. */
    public void add(MultiCollector part) {
        registry.register(part);
    }

    /**
     * Settings of Kafka clients that make them report here.
     *
     * @param configured settings that the user has given for every client
     * @return those, and what it takes to report
     */
    public Map<String, String> reporting(Map<String, String> configured) {
        return kafka.reporting(configured);
    }

    /**
     * Answers a scrape: in the format and encoding that the client accepts, and of the families it
     * names with {@code name[]}, or all.
     */
    public void scrape(Context request) throws IOException {
        scrapes.handleRequest(new ScrapeExchange(request));
    }

    @Override
    public void close() {
        kafka.close();
    }
}
