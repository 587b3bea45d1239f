package dev.farshore.tests.crash;

import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.workload.Operation;
import dev.farshore.testkit.workload.OperationSource;

import java.util.SplittableRandom;

/** Small requests of every kind on one region of a volume, seeded and without end. */
final class RegionSource implements OperationSource {
    private static final int MAX_SECTORS = 32;
    private static final int MAX_RANGE_SECTORS = 256;

    private final SplittableRandom random;
    private final long offset;
    private final long sectors;
    private final long intervalNs;
    private final boolean hasFua;
    private long dueNs;

    /**
     * Requests in a range of bytes.
     *
     * @param operationsPerSecond 0 for as many as the volume takes
     * @param hasFua whether some writes wait until they are stable
     */
    RegionSource(long offset, long bytes, long seed, int operationsPerSecond, boolean hasFua) {
        this.hasFua = hasFua;
        this.random = new SplittableRandom(seed);
        this.offset = offset;
        this.sectors = bytes / SectorStamp.SECTOR_BYTES;
        this.intervalNs = operationsPerSecond == 0 ? 0 : 1_000_000_000L / operationsPerSecond;
    }

    @Override
    public Timed next(long nowNs) {
        dueNs = Math.max(dueNs + intervalNs, nowNs);
        return new Timed(next(), dueNs);
    }

    private Operation next() {
        int dice = random.nextInt(100);
        if (dice < 64) {
            int count = 1 + random.nextInt(MAX_SECTORS);
            return new Operation.Write(at(count), bytes(count), false);
        } else if (dice < 67) {
            int count = 1 + random.nextInt(MAX_SECTORS);
            return new Operation.Write(at(count), bytes(count), hasFua);
        } else if (dice < 87) {
            int count = 1 + random.nextInt(MAX_SECTORS);
            return new Operation.Read(at(count), bytes(count));
        } else if (dice < 93) {
            int count = 1 + random.nextInt(MAX_RANGE_SECTORS);
            return new Operation.Trim(at(count), bytes(count));
        } else if (dice < 98) {
            int count = 1 + random.nextInt(MAX_RANGE_SECTORS);
            return new Operation.Zero(at(count), bytes(count), random.nextBoolean());
        }
        return new Operation.Flush();
    }

    private long at(int count) {
        return offset + random.nextLong(sectors - count) * SectorStamp.SECTOR_BYTES;
    }

    private static int bytes(int count) {
        return count * SectorStamp.SECTOR_BYTES;
    }
}
