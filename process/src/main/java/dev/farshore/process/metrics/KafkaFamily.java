package dev.farshore.process.metrics;

import io.prometheus.metrics.model.snapshots.PrometheusNaming;

/**
 * A metric that is made of metrics of Kafka's clients.
 *
 * @param name as Prometheus' library takes it: of a counter without {@code _total}
 * @param merge how the values of several clients, threads or tasks become one
 * @param scale what a value is multiplied by, to get to seconds or bytes
 * @param isOfStreams whether it is about Kafka Streams, of which a process has one, so that it
 *     needs no label {@code client}
 */
record KafkaFamily(String name, String help, Merge merge, double scale, boolean isOfStreams) {
    enum Merge {
        /** Of what is counted. What has been closed goes on counting: a counter never falls. */
        COUNTER,
        /** Of what is there now. */
        SUM,
        /** Of what is worst. Kafka forgets a maximum after 30 to 60 s. */
        MAX
    }

    KafkaFamily {
        if (!PrometheusNaming.isValidMetricName(name)) {
            throw new IllegalArgumentException("no name for a metric: " + name);
        }
    }

    double merged(double one, double other) {
        return merge == Merge.MAX ? Math.max(one, other) : one + other;
    }
}
