package dev.farshore.process.metrics;

import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsContext;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * Tells a {@link KafkaCollector} of one Kafka client's metrics. Kafka makes one for each client, by
 * the name of this class in the client's settings: so no client is forgotten, and Streams' own are
 * there too.
 *
 * <p>Threading: Kafka calls it from any thread, holding locks of its own.
 */
public final class KafkaMetricsReporter implements MetricsReporter {
    private @Nullable KafkaClient client;

    @Override
    public void configure(Map<String, ?> settings) {
        client =
                KafkaCollector.open(
                        String.valueOf(settings.get(KafkaCollector.PROCESS_CONFIG)),
                        String.valueOf(settings.get("client.id")));
    }

    @Override
    public void contextChange(MetricsContext context) {
        if (client != null) {
            client.isA(context.contextLabels().getOrDefault(MetricsContext.NAMESPACE, ""));
        }
    }

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        KafkaFamily family = client == null ? null : KafkaFamilies.of(metric.metricName());
        if (client != null && family != null) {
            client.added(family, metric);
        }
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {
        if (client != null) {
            client.removed(metric.metricName());
        }
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }
}
