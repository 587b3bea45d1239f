package dev.farshore.process.metrics;

import dev.farshore.process.metrics.KafkaClient.Key;
import dev.farshore.process.metrics.KafkaFamily.Merge;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import org.apache.kafka.common.metrics.JmxReporter;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code farshore_kafka_client_*} and {@code farshore_streams_*}: what the Kafka clients of a
 * process count, merged by kind of client. The count of series depends on the kinds alone.
 *
 * <p>Threading: any thread. Its lock guards the clients, what they show, and what closed ones have
 * counted: a scrape finds each count in one of these, never in both or in neither.
 */
final class KafkaCollector implements MultiCollector, AutoCloseable {
    /** A client's setting: which process it belongs to. */
    static final String PROCESS_CONFIG = "farshore.metrics.process";

    private static final String REPORTERS_CONFIG = "metric.reporters";
    private static final AtomicLong PROCESSES = new AtomicLong();
    private static final Map<String, KafkaCollector> BY_PROCESS = new ConcurrentHashMap<>();

    private final String process = Long.toString(PROCESSES.incrementAndGet());
    private final Labels identity;
    private final Map<String, String> names;
    private final Set<KafkaClient> clients = new HashSet<>();
    private final Map<Key, Double> retired = new HashMap<>();

    /**
     * @param names of clients, by {@code client.id}
     */
    KafkaCollector(Labels identity, Map<String, String> names) {
        this.identity = identity;
        this.names = Map.copyOf(names);
        BY_PROCESS.put(process, this);
    }

    /** Null where its process has ended, or never was. */
    static @Nullable KafkaClient open(String process, String clientId) {
        KafkaCollector collector = BY_PROCESS.get(process);
        return collector == null ? null : collector.opened(clientId);
    }

    private synchronized KafkaClient opened(String clientId) {
        KafkaClient client = new KafkaClient(this, clientId);
        clients.add(client);
        return client;
    }

    synchronized void closed(KafkaClient client) {
        clients.remove(client);
    }

    @Nullable String nameOf(String clientId) {
        return names.get(clientId);
    }

    /** To be called with the lock. */
    void retire(Key key, double last) {
        if (key.family().merge() == Merge.COUNTER && !Double.isNaN(last)) {
            retired.merge(key, last, Double::sum);
        }
    }

    Map<String, String> reporting(Map<String, String> configured) {
        Map<String, String> settings = new HashMap<>(configured);
        // Whoever sets reporters replaces Kafka's own: it stays where the user has set none.
        settings.merge(
                REPORTERS_CONFIG,
                JmxReporter.class.getName() + "," + KafkaMetricsReporter.class.getName(),
                (users, ours) -> users + "," + KafkaMetricsReporter.class.getName());
        settings.put(PROCESS_CONFIG, process);
        return settings;
    }

    @Override
    public MetricSnapshots collect() {
        Map<KafkaFamily, Map<String, Double>> values = new LinkedHashMap<>();
        List<Runnable> reads = new ArrayList<>();
        synchronized (this) {
            retired.forEach((key, value) -> merge(values, key, value));
            clients.forEach(
                    client -> client.readLater(reads, (key, value) -> merge(values, key, value)));
        }
        reads.forEach(Runnable::run);
        return new MetricSnapshots(
                values.entrySet().stream()
                        .map(family -> snapshot(family.getKey(), family.getValue()))
                        .toList());
    }

    private static void merge(Map<KafkaFamily, Map<String, Double>> values, Key key, double value) {
        if (!Double.isNaN(value)) {
            values.computeIfAbsent(key.family(), any -> new HashMap<>())
                    .merge(key.client(), value, key.family()::merged);
        }
    }

    private MetricSnapshot snapshot(KafkaFamily family, Map<String, Double> byClient) {
        if (family.merge() == Merge.COUNTER) {
            CounterSnapshot.Builder counter =
                    CounterSnapshot.builder().name(family.name()).help(family.help());
            byClient.forEach(
                    (client, value) ->
                            counter.dataPoint(
                                    CounterDataPointSnapshot.builder()
                                            .labels(labels(client))
                                            .value(value)
                                            .build()));
            return counter.build();
        }
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name(family.name()).help(family.help());
        byClient.forEach(
                (client, value) ->
                        gauge.dataPoint(
                                GaugeDataPointSnapshot.builder()
                                        .labels(labels(client))
                                        .value(value)
                                        .build()));
        return gauge.build();
    }

    private Labels labels(String client) {
        return client.isEmpty() ? identity : identity.merge(Labels.of("client", client));
    }

    @Override
    public void close() {
        BY_PROCESS.remove(process);
    }
}
