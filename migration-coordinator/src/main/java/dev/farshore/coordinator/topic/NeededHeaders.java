package dev.farshore.coordinator.topic;

import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;

/**
 * Looks back in {@code farshore.headers} as far as some image is behind: from there on, lag is
 * exact.
 *
 * <p>What an image lacks begins behind a known offset of {@code farshore.writes}, and what lies
 * behind that has at most as many headers as records, but for those that were sent twice. Some more
 * are read for these, and for volumes whose images are not behind and whose log's end is known
 * sooner for it.
 */
public final class NeededHeaders implements ReplayDepth {
    static final long MORE_RECORDS = 10_000;

    private final Function<String, Optional<VolumeSpec>> specs;
    private final Supplier<Collection<Progress>> reports;
    private final IntToLongFunction writesEnd;
    private final long maxRecords;

    /**
     * @param specs by volume
     * @param reports of all images
     * @param writesEnd where a partition of {@code farshore.writes} ends
     * @param maxRecords of a partition; an image that is further behind has its lag in seconds
     *     understated until it has come nearer
     */
    public NeededHeaders(
            Function<String, Optional<VolumeSpec>> specs,
            Supplier<Collection<Progress>> reports,
            IntToLongFunction writesEnd,
            long maxRecords) {
        this.specs = specs;
        this.reports = reports;
        this.writesEnd = writesEnd;
        this.maxRecords = maxRecords;
    }

    @Override
    public long records(int partition) {
        long end = writesEnd.applyAsLong(partition);
        long behind =
                reports.get().stream()
                        .filter(report -> isIn(report.getVvol(), partition))
                        .mapToLong(report -> end - 1 - report.getHardenedWritesOffset())
                        .max()
                        .orElse(0);
        return Math.clamp(behind + MORE_RECORDS, 0, maxRecords);
    }

    private boolean isIn(String vvol, int partition) {
        return specs.apply(vvol).map(spec -> spec.getPartition() == partition).orElse(false);
    }
}
