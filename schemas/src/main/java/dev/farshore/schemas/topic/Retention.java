package dev.farshore.schemas.topic;

import java.time.Duration;

/**
 * How long a topic keeps its records: until the first of the two limits is reached.
 *
 * @param time since the broker appended the record
 * @param bytesPerPartition {@link #UNLIMITED_BYTES} for no limit
 */
public record Retention(Duration time, long bytesPerPartition) {
    public static final long UNLIMITED_BYTES = -1;

    /** Longer than any history; Kafka is told "no limit". */
    public static final Duration FOREVER = Duration.ofMillis(Long.MAX_VALUE);

    public static final Retention UNLIMITED = new Retention(FOREVER, UNLIMITED_BYTES);

    public Retention {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("time: " + time + " keeps nothing");
        }
        if (bytesPerPartition != UNLIMITED_BYTES && bytesPerPartition <= 0) {
            throw new IllegalArgumentException(
                    "bytesPerPartition: %d keeps nothing; %d means no limit"
                            .formatted(bytesPerPartition, UNLIMITED_BYTES));
        }
    }

    /** Kafka's {@code retention.ms}. */
    long millis() {
        return time.compareTo(FOREVER) >= 0 ? -1 : time.toMillis();
    }
}
