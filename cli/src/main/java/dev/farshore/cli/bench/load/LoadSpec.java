package dev.farshore.cli.bench.load;

import java.time.Duration;

/**
 * What a load is made of, at random offsets.
 *
 * @param readPercent of the requests; the rest are writes
 * @param depth requests in flight
 * @param rangeBytes offsets lie below this
 * @param warmUp before anything counts
 */
public record LoadSpec(
        String name,
        int readPercent,
        int blockBytes,
        int depth,
        long rangeBytes,
        Duration warmUp,
        Duration time) {}
