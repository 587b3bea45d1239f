package dev.farshore.capture.read.kafka;

import org.apache.kafka.clients.consumer.ConsumerConfig;

import java.util.HashMap;
import java.util.Map;

/** Settings of the consumers that read single records, and why. */
final class ReaderSettings {

    /** A link that is cut silently is noticed after this; an answer takes milliseconds. */
    static final int REQUEST_TIMEOUT_MILLIS = 5000;

    /** When the link is back, readers should not wait. */
    static final int RECONNECT_MAX_MILLIS = 200;

    /** With Kafka's default, only 64 KiB would be in flight over a WAN. */
    private static final int BUFFER_OF_THE_SYSTEM = -1;

    private ReaderSettings() {}

    /**
     * @param clientProperties addresses, security
     * @param fetchBytes bytes of records in one fetch; those behind the requested one come along
     */
    static Map<String, Object> of(Map<String, Object> clientProperties, int fetchBytes) {
        Map<String, Object> config = new HashMap<>(clientProperties);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Offsets that are gone must be reported.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, fetchBytes);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
        // Return everything that has come: what is left would be lost with the next seek.
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, Integer.MAX_VALUE);
        // All records requested exist: the broker need not wait for more.
        config.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 0);
        config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        config.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MAX_MILLIS);
        config.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, BUFFER_OF_THE_SYSTEM);
        return config;
    }
}
