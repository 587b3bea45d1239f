package dev.farshore.process.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;

class KafkaCollectorTest {
    private static final String OPENED = "farshore_kafka_client_connections_opened";
    private static final String OPEN = "farshore_kafka_client_connections";

    private final KafkaCollector collector =
            new KafkaCollector(Labels.of("node", "la-1"), Map.of("events", "publisher"));

    /** A broker that lets clients connect and says nothing. */
    private ServerSocket broker;

    @BeforeEach
    void listen() throws IOException {
        broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        collector.close();
        broker.close();
    }

    private Map<String, Object> settings(String clientId) {
        Map<String, Object> settings = new HashMap<>(collector.reporting(Map.of()));
        settings.put("bootstrap.servers", "127.0.0.1:" + broker.getLocalPort());
        settings.put("client.id", clientId);
        settings.put("enable.idempotence", false); // it would wait for the broker at its close
        return settings;
    }

    private KafkaProducer<byte[], byte[]> producer(String clientId) {
        return new KafkaProducer<>(
                settings(clientId), new ByteArraySerializer(), new ByteArraySerializer());
    }

    private OptionalDouble value(String name, String client) {
        return collector.collect().stream()
                .filter(family -> family.getMetadata().getName().equals(name))
                .flatMap(KafkaCollectorTest::values)
                .filter(value -> value.getKey().equals(Labels.of("node", "la-1", "client", client)))
                .mapToDouble(Map.Entry::getValue)
                .findFirst();
    }

    private static Stream<Map.Entry<Labels, Double>> values(MetricSnapshot of) {
        return switch (of) {
            case CounterSnapshot counter ->
                    counter.getDataPoints().stream()
                            .map(point -> Map.entry(point.getLabels(), point.getValue()));
            case GaugeSnapshot gauge ->
                    gauge.getDataPoints().stream()
                            .map(point -> Map.entry(point.getLabels(), point.getValue()));
            default -> throw new AssertionError("neither counter nor gauge: " + of);
        };
    }

    @Test
    void shouldAddClientsOfOneKindAndKeepWhatClosedOnesHaveCounted() {
        try (KafkaProducer<byte[], byte[]> one = producer("one")) {
            try (KafkaProducer<byte[], byte[]> two = producer("two")) {
                await().untilAsserted(() -> assertThat(value(OPENED, "producer")).hasValue(2));
                assertThat(value(OPEN, "producer")).hasValue(2);
                two.close(Duration.ZERO);
            }
            assertThat(value(OPENED, "producer")).hasValue(2);
            assertThat(value(OPEN, "producer")).hasValue(1);
            one.close(Duration.ZERO);
        }
        assertThat(value(OPENED, "producer")).hasValue(2);
        assertThat(value(OPEN, "producer")).isEmpty();
    }

    @Test
    void shouldNameClientsByTheirIdOrKind() {
        try (KafkaProducer<byte[], byte[]> named = producer("events")) {
            assertThat(value(OPENED, "publisher")).isPresent();
            assertThat(value(OPENED, "producer")).isEmpty();
            named.close(Duration.ZERO);
        }
    }

    @Test
    void shouldHaveNoValueWhereNothingWasMeasured() {
        try (KafkaProducer<byte[], byte[]> idle = producer("idle")) {
            assertThat(value("farshore_kafka_client_records_sent", "producer")).hasValue(0);
            assertThat(value("farshore_kafka_client_produce_latency_max_seconds", "producer"))
                    .isEmpty();
            idle.close(Duration.ZERO);
        }
    }

    @Test
    void shouldNotShowWhatIsOfAPartitionOrTopic() {
        String group = "consumer-fetch-manager-metrics";
        Map<String, String> ofClient = Map.of("client-id", "reader");
        Map<String, String> ofTopic = Map.of("client-id", "reader", "topic", "t");
        assertThat(KafkaFamilies.of(new MetricName("records-consumed-total", group, "", ofClient)))
                .isNotNull();
        assertThat(KafkaFamilies.of(new MetricName("records-consumed-total", group, "", ofTopic)))
                .isNull();
    }

    @Test
    void shouldKeepTheClientsOfTwoProcessesApart() {
        try (KafkaCollector other = new KafkaCollector(Labels.EMPTY, Map.of());
                KafkaProducer<byte[], byte[]> ours = producer("one")) {
            assertThat(value(OPENED, "producer")).isPresent();
            assertThat(other.collect().size()).isZero();
            ours.close(Duration.ZERO);
        }
    }

    @Test
    void shouldAddItselfToTheUsersReporters() {
        assertThat(collector.reporting(Map.of("metric.reporters", "com.example.Mine")))
                .containsEntry(
                        "metric.reporters",
                        "com.example.Mine," + KafkaMetricsReporter.class.getName());
    }
}
