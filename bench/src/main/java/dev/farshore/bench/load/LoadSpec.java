package dev.farshore.bench.load;

import java.time.Duration;

/**
 * What a load is made of, at random offsets.
 *
 * @param readPercent of the requests; the rest are writes
 * @param depth requests in flight
 * @param compressiblePercent of each block; made anew for each, unless it is {@link #REPEATED}
 * @param rangeBytes offsets lie below this
 * @param warmUp before anything counts
 */
public record LoadSpec(
        String name,
        int readPercent,
        int blockBytes,
        int depth,
        int compressiblePercent,
        long rangeBytes,
        Duration warmUp,
        Duration time) {
    /** A few blocks written over and over, which costs the client nothing: fio's default. */
    public static final int REPEATED = -1;
}
