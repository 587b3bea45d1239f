package dev.farshore.bench.load;

/** What a load got: requests of both kinds a second, and how long each took. */
public record LoadResult(double perSecond, double p50Micros, double p99Micros) {
    /** In units of a million bytes. */
    public double megabytesPerSecond(int blockBytes) {
        return perSecond * blockBytes / 1e6;
    }
}
