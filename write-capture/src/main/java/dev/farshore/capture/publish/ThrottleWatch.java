package dev.farshore.capture.publish;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Logs once when a quota of Kafka's begins to slow the producer down, and once when that is over:
 * meanwhile writes go into the journals, and flushes wait. Threading: one thread looks, any may
 * ask.
 */
final class ThrottleWatch {
    private static final Logger log = LoggerFactory.getLogger(ThrottleWatch.class);
    private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    private volatile double throttleMillis;
    private boolean isThrottled;
    private long lookedNanos;
    private boolean hasLooked;

    /** Looks at most once a second. */
    void look(ProducerGauges gauges, long nowNanos) {
        if (hasLooked && nowNanos - lookedNanos < INTERVAL_NANOS) {
            return;
        }
        hasLooked = true;
        lookedNanos = nowNanos;
        throttleMillis = gauges.throttleMillis();
        if (throttleMillis > 0 != isThrottled) {
            isThrottled = !isThrottled;
            if (isThrottled) {
                log.atWarn()
                        .addKeyValue("throttleMillis", Math.round(throttleMillis))
                        .log(
                                "throttled by Kafka: a quota holds this node's producer back; writes"
                                        + " go on into the journals, flushes wait");
            } else {
                log.atInfo().log("no longer throttled by Kafka");
            }
        }
    }

    /** How long Kafka has delayed answers lately, on average; 0 if not at all. */
    double throttleMillis() {
        return throttleMillis;
    }
}
