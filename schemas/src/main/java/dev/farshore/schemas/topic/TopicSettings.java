package dev.farshore.schemas.topic;

import java.time.Duration;

/**
 * What an operator chooses about the topics.
 *
 * @param partitions of writes, headers and progress; fixed for ever, so generous
 * @param replicationFactor copies of each partition among the brokers
 * @param writes how long events are kept with their payload: the history window
 * @param headers how long events are kept without it; at least as long
 */
public record TopicSettings(
        int partitions, short replicationFactor, Retention writes, Retention headers) {

    public TopicSettings {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions: " + partitions + " is less than 1");
        }
        if (replicationFactor < 1) {
            throw new IllegalArgumentException(
                    "replicationFactor: " + replicationFactor + " is less than 1");
        }
        if (headers.time().compareTo(writes.time()) < 0) {
            throw new IllegalArgumentException(
                    "headers: kept for %s, shorter than writes (%s)"
                            .formatted(headers.time(), writes.time()));
        }
    }

    /** A week of writes, a month of headers. */
    public static TopicSettings of(int partitions, int replicationFactor) {
        return new TopicSettings(
                partitions,
                (short) replicationFactor,
                new Retention(Duration.ofDays(7), Retention.UNLIMITED_BYTES),
                new Retention(Duration.ofDays(30), Retention.UNLIMITED_BYTES));
    }

    /** With three copies one may be down and an acknowledged write is still kept twice. */
    int minInsyncReplicas() {
        return replicationFactor >= 3 ? 2 : 1;
    }
}
