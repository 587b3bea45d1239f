package dev.farshore.coordinator.lag;

/**
 * Log end minus hardened, of one volume at one site.
 *
 * @param bytes payload bytes
 * @param micros age of the oldest event that is not hardened; 0 when there is none
 */
public record Lag(long events, long bytes, long micros) {
    public static final Lag NONE = new Lag(0, 0, 0);

    public Lag {
        if (events < 0 || bytes < 0 || micros < 0) {
            throw new IllegalArgumentException(
                    "a lag is not negative: %d events, %d bytes, %d µs"
                            .formatted(events, bytes, micros));
        }
    }

    public double seconds() {
        return micros / 1e6;
    }
}
