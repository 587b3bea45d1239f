package dev.farshore.process.metrics;

import dev.farshore.process.metrics.KafkaFamily.Merge;

import org.apache.kafka.common.MetricName;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which of the several hundred metrics of Kafka's clients are shown, and as what. None is per
 * partition, task or topic: there may be thousands.
 */
final class KafkaFamilies {
    private static final double PER_MILLI = 1e-3;
    private static final double PER_NANO = 1e-9;

    private static final Set<String> OF_CLIENT = Set.of("client-id");
    private static final Set<String> OF_THREAD = Set.of("thread-id");
    private static final Set<String> OF_TASK = Set.of("thread-id", "task-id");

    private static final String PRODUCER = "producer-metrics";
    private static final String FETCHES = "consumer-fetch-manager-metrics";
    private static final String GROUP = "consumer-coordinator-metrics";
    private static final String[] EVERY_CLIENT = {
        PRODUCER, "consumer-metrics", "admin-client-metrics"
    };
    private static final String STREAMS = "stream-metrics";
    private static final String THREADS = "stream-thread-metrics";
    private static final String TASKS = "stream-task-metrics";

    /**
     * A metric of Kafka's. Metrics of a client, of its topics and of its partitions may have the
     * same group and name: their tags tell them apart.
     */
    private record Source(String group, String name, Set<String> tags) {}

    private static final Map<Source, KafkaFamily> BY_SOURCE = new HashMap<>();

    static {
        ofEveryClient();
        ofProducers();
        ofConsumers();
        ofStreams();
    }

    private KafkaFamilies() {}

    /** Null where a metric is not shown. */
    static @Nullable KafkaFamily of(MetricName metric) {
        return BY_SOURCE.get(new Source(metric.group(), metric.name(), metric.tags().keySet()));
    }

    private static void ofEveryClient() {
        client(
                "connections",
                "Connections to brokers that are open.",
                Merge.SUM,
                1,
                "connection-count",
                EVERY_CLIENT);
        client(
                "connections_opened",
                "Connections to brokers that were opened.",
                Merge.COUNTER,
                1,
                "connection-creation-total",
                EVERY_CLIENT);
        client(
                "failed_authentications",
                "Connections that failed as a broker did not accept who the client is.",
                Merge.COUNTER,
                1,
                "failed-authentication-total",
                EVERY_CLIENT);
        client(
                "requests",
                "Requests sent to brokers.",
                Merge.COUNTER,
                1,
                "request-total",
                EVERY_CLIENT);
        client(
                "sent_bytes",
                "Bytes sent to brokers.",
                Merge.COUNTER,
                1,
                "outgoing-byte-total",
                EVERY_CLIENT);
        client(
                "received_bytes",
                "Bytes received from brokers.",
                Merge.COUNTER,
                1,
                "incoming-byte-total",
                EVERY_CLIENT);
    }

    private static void ofProducers() {
        client(
                "records_sent",
                "Records that brokers have taken.",
                Merge.COUNTER,
                1,
                "record-send-total",
                PRODUCER);
        client(
                "record_retries",
                "Records that had to be sent again.",
                Merge.COUNTER,
                1,
                "record-retry-total",
                PRODUCER);
        client(
                "record_errors",
                "Records that could not be sent.",
                Merge.COUNTER,
                1,
                "record-error-total",
                PRODUCER);
        client(
                "produce_latency_max_seconds",
                "Longest time that a broker took to answer a produce request lately.",
                Merge.MAX,
                PER_MILLI,
                "request-latency-max",
                PRODUCER);
        client(
                "produce_throttle_max_seconds",
                "Longest time that a quota held a produce request back lately.",
                Merge.MAX,
                PER_MILLI,
                "produce-throttle-time-max",
                PRODUCER);
        client(
                "buffer_available_bytes",
                "What is free of the memory for records that wait to be sent.",
                Merge.SUM,
                1,
                "buffer-available-bytes",
                PRODUCER);
    }

    private static void ofConsumers() {
        client(
                "records_consumed",
                "Records read.",
                Merge.COUNTER,
                1,
                "records-consumed-total",
                FETCHES);
        client(
                "fetch_latency_max_seconds",
                "Longest time that a broker took to answer a fetch lately.",
                Merge.MAX,
                PER_MILLI,
                "fetch-latency-max",
                FETCHES);
        client(
                "fetch_throttle_max_seconds",
                "Longest time that a quota held a fetch back lately.",
                Merge.MAX,
                PER_MILLI,
                "fetch-throttle-time-max",
                FETCHES);
        client(
                "records_lag_max",
                "Records that the partition farthest behind lacks.",
                Merge.MAX,
                1,
                "records-lag-max",
                FETCHES);
        client(
                "rebalances",
                "Times that partitions were assigned anew.",
                Merge.COUNTER,
                1,
                "rebalance-total",
                GROUP);
        client(
                "failed_rebalances",
                "Attempts at that which failed.",
                Merge.COUNTER,
                1,
                "failed-rebalance-total",
                GROUP);
    }

    private static void ofStreams() {
        streams(
                "threads",
                "Stream threads that run.",
                Merge.SUM,
                1,
                of(STREAMS, "alive-stream-threads"));
        streams(
                "failed_threads",
                "Stream threads that have died of an error.",
                Merge.COUNTER,
                1,
                of(STREAMS, "failed-stream-threads"));
        streams(
                "processed_records",
                "Records processed.",
                Merge.COUNTER,
                1,
                ofThread("process-total"));
        streams("commits", "Commits of positions.", Merge.COUNTER, 1, ofThread("commit-total"));
        streams(
                "commit_latency_max_seconds",
                "Longest commit lately.",
                Merge.MAX,
                PER_MILLI,
                ofThread("commit-latency-max"));
        streams(
                "process_latency_max_seconds",
                "Longest time that one record took lately.",
                Merge.MAX,
                PER_MILLI,
                ofThread("process-latency-max"));
        streams(
                "blocked_seconds",
                "Time that stream threads waited for Kafka.",
                Merge.COUNTER,
                PER_NANO,
                ofThread("blocked-time-ns-total"));
        streams(
                "tasks_opened",
                "Tasks that the node took over; one is a partition.",
                Merge.COUNTER,
                1,
                ofThread("task-created-total"));
        streams(
                "tasks_closed",
                "Tasks that it gave up.",
                Merge.COUNTER,
                1,
                ofThread("task-closed-total"));
        streams(
                "dropped_records",
                "Records that Streams has skipped.",
                Merge.COUNTER,
                1,
                new Source(TASKS, "dropped-records-total", OF_TASK));
    }

    private static Source of(String group, String name) {
        return new Source(group, name, OF_CLIENT);
    }

    private static Source ofThread(String name) {
        return new Source(THREADS, name, OF_THREAD);
    }

    private static void client(
            String name, String help, Merge merge, double scale, String metric, String... groups) {
        KafkaFamily family =
                new KafkaFamily("farshore_kafka_client_" + name, help, merge, scale, false);
        for (String group : groups) {
            BY_SOURCE.put(of(group, metric), family);
        }
    }

    private static void streams(
            String name, String help, Merge merge, double scale, Source source) {
        BY_SOURCE.put(
                source, new KafkaFamily("farshore_streams_" + name, help, merge, scale, true));
    }
}
