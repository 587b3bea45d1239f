package dev.farshore.process.metrics;

import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * One Kafka client while it lives: which of its metrics are shown.
 *
 * <p>Threading: any thread. No metric is evaluated under the lock, as some take locks of Kafka's.
 */
final class KafkaClient {
    private static final String IN_STREAMS = "-StreamThread-";
    private static final String STATE_UPDATER = "-StateUpdater-";

    /** What a metric's value goes into. */
    record Key(KafkaFamily family, String client) {}

    private record Shown(KafkaFamily family, KafkaMetric metric) {}

    private final KafkaCollector collector;
    private final String clientId;
    private final Map<MetricName, Shown> shown = new HashMap<>();
    private volatile String kind = "";

    KafkaClient(KafkaCollector collector, String clientId) {
        this.collector = collector;
        this.clientId = clientId;
    }

    /**
     * @param namespace what Kafka calls this kind of client
     */
    void isA(String namespace) {
        kind = namespace;
    }

    void added(KafkaFamily family, KafkaMetric metric) {
        synchronized (collector) {
            shown.put(metric.metricName(), new Shown(family, metric));
        }
    }

    void removed(MetricName name) {
        Shown removed;
        synchronized (collector) {
            removed = shown.get(name);
        }
        if (removed != null) {
            double last = valueOf(removed);
            synchronized (collector) {
                if (shown.remove(name) != null) {
                    collector.retire(keyOf(removed), last);
                }
            }
        }
    }

    void close() {
        List<MetricName> names;
        synchronized (collector) {
            names = List.copyOf(shown.keySet());
        }
        names.forEach(this::removed);
        collector.closed(this);
    }

    /** To be called with the collector's lock; what it adds is to be run without. */
    void readLater(List<Runnable> reads, BiConsumer<Key, Double> into) {
        for (Shown each : shown.values()) {
            reads.add(() -> into.accept(keyOf(each), valueOf(each)));
        }
    }

    private Key keyOf(Shown of) {
        return new Key(of.family(), of.family().isOfStreams() ? "" : label());
    }

    private static double valueOf(Shown of) {
        return of.metric().metricValue() instanceof Number value
                ? value.doubleValue() * of.family().scale()
                : Double.NaN;
    }

    private String label() {
        String name = collector.nameOf(clientId);
        if (name != null) {
            return name;
        }
        if (clientId.contains(IN_STREAMS) || clientId.contains(STATE_UPDATER)) {
            if (clientId.endsWith("-restore-consumer")) {
                return "streams-restore";
            }
            return clientId.endsWith("-producer") ? "streams-producer" : "streams-consumer";
        }
        return switch (kind) {
            case "kafka.producer" -> "producer";
            case "kafka.consumer" -> "consumer";
            case "kafka.admin.client" -> "admin";
            default -> "other";
        };
    }
}
