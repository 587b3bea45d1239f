package dev.farshore.capture.publish;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/**
 * Says once when Kafka begins to slow the producer down, as a quota makes it do, and once when that
 * is over: writes go on into the journals meanwhile, and flushes wait. Threading: one thread looks,
 * any may ask.
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

    /** By how much Kafka has held answers back lately, on average; 0 if it has not. */
    double throttleMillis() {
        return throttleMillis;
    }
}
