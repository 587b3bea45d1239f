package dev.farshore.capture.publish;

import dev.farshore.schemas.log.Limits;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Metric;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A producer's metrics: how much of its buffer is free, and whether Kafka slows it down.
 *
 * <p>With the buffer full, {@code send} blocks, and with it every volume of the node. So room is
 * checked first. Records of partitions without a leader stay in the buffer for minutes. While less
 * than half is free, lanes get a small window, so that a few do not take the rest; with next to
 * nothing free nobody sends.
 *
 * <p>Threading: any thread.
 */
final class ProducerGauges {
    /** An event and a header in batches of their own. */
    private static final double NEARLY_FULL_BYTES = 4.0 * Limits.MAX_MESSAGE_BYTES;

    static final String FREE_BYTES = "buffer-available-bytes";
    static final String TOTAL_BYTES = "buffer-total-bytes";
    static final String THROTTLE_MILLIS = "produce-throttle-time-avg";

    private final @Nullable Metric freeBytes;
    private final @Nullable Metric totalBytes;
    private final @Nullable Metric throttleMillis;

    ProducerGauges(Producer<byte[], byte[]> producer) {
        freeBytes = find(producer, FREE_BYTES);
        totalBytes = find(producer, TOTAL_BYTES);
        throttleMillis = find(producer, THROTTLE_MILLIS);
    }

    private static @Nullable Metric find(Producer<byte[], byte[]> producer, String name) {
        return producer.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Whether more than half of the buffer is free. */
    boolean isHalfFree() {
        return value(freeBytes, Double.MAX_VALUE) >= value(totalBytes, 0) / 2;
    }

    /** Whether a send might wait for room. */
    boolean isNearlyFull() {
        return value(freeBytes, Double.MAX_VALUE) < NEARLY_FULL_BYTES;
    }

    /** How long brokers have delayed their answers lately because of a quota, on average. */
    double throttleMillis() {
        return value(throttleMillis, 0);
    }

    private static double value(@Nullable Metric metric, double otherwise) {
        return metric != null
                        && metric.metricValue() instanceof Number number
                        && !Double.isNaN(number.doubleValue())
                ? number.doubleValue()
                : otherwise;
    }
}
