package dev.farshore.coordinator.lag;

import org.jspecify.annotations.Nullable;

/**
 * Log end minus applied, of one volume at one site, as of the image's last report.
 *
 * @param bytes payload bytes; null where the node's build does not tell them
 * @param micros age of the oldest event that is not applied; 0 when there is none
 */
public record AppliedLag(long events, @Nullable Long bytes, long micros) {
    private static final double MICROS_PER_SECOND = 1e6;

    public AppliedLag {
        if (events < 0 || (bytes != null && bytes < 0) || micros < 0) {
            throw new IllegalArgumentException(
                    "a lag is not negative: %d events, %s bytes, %d µs"
                            .formatted(events, bytes, micros));
        }
    }

    public double seconds() {
        return micros / MICROS_PER_SECOND;
    }
}
