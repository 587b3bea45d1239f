package dev.farshore.testkit.workload;

import dev.farshore.testkit.record.SectorStamp;

import java.util.SplittableRandom;

/**
 * Does what a file system under a database does, seeded and without end:
 *
 * <ul>
 *   <li>pages of 4 KiB written and read, few of them hot (a power law over the ranks, the ranks
 *       scattered over the volume);
 *   <li>a write-ahead log appended in 16 to 128 KiB, round and round its region, each third append
 *       followed by a flush; now and then a commit of one sector with FUA;
 *   <li>file system metadata in writes of 512 to 3584 bytes, not aligned to pages;
 *   <li>now and then a run of sequential megabytes (a dump, a rebuilt index), and extents trimmed
 *       or zeroed (a file deleted, one preallocated).
 * </ul>
 */
public final class DatabaseSource implements OperationSource {
    /** Below that the regions would be too small for the sizes used. */
    public static final long MIN_BYTES = 64L << 20;

    private static final int PAGE_BYTES = 4096;
    private static final int BULK_BYTES = 1 << 20;
    private static final int MAX_BULK_CHUNKS = 8;
    private static final int MAX_HOT_PAGES = 1 << 18;
    private static final int MAX_EXTENT_PAGES = 512;
    private static final int MAX_LOG_UNITS = 8;
    private static final int LOG_UNIT_BYTES = 16 << 10;
    private static final int APPENDS_A_FLUSH = 3;

    /** How sharply the page writes concentrate: the rank is a uniform number to this power. */
    private static final double SKEW = 4;

    /** An odd number that scatters ranks over pages (Knuth's multiplicative hash). */
    private static final long SCATTER = 0x9e3779b97f4a7c15L;

    /** After a pause a guest does not make up for what it could not do. */
    private static final long MAX_CATCH_UP_NS = 20_000_000;

    private final SplittableRandom random;
    private final long intervalNs;
    private final long metadataBytes;
    private final long logBytes;
    private final long dataPages;
    private final long hotPages;

    private long dueNs;
    private long logAt;
    private int appends;
    private boolean flushIsNext;
    private long bulkPage;
    private int bulkChunksLeft;

    /**
     * @param usableBytes the volume without what the workload reserves
     * @param operationsPerSecond 0 for as many as the volume takes
     */
    public DatabaseSource(long usableBytes, long seed, int operationsPerSecond) {
        if (usableBytes < MIN_BYTES) {
            throw new IllegalArgumentException(
                    "a volume of %d bytes is too small for the workload (at least %d)"
                            .formatted(usableBytes, MIN_BYTES));
        }
        random = new SplittableRandom(seed);
        intervalNs = operationsPerSecond == 0 ? 0 : 1_000_000_000L / operationsPerSecond;
        metadataBytes = usableBytes / 16 / PAGE_BYTES * PAGE_BYTES;
        logBytes = Math.min(usableBytes / 8, 1L << 30) / PAGE_BYTES * PAGE_BYTES;
        dataPages = (usableBytes - metadataBytes - logBytes) / PAGE_BYTES;
        hotPages = Math.min(MAX_HOT_PAGES, dataPages);
    }

    @Override
    public Timed next(long nowNs) {
        if (intervalNs == 0) {
            return new Timed(next(), nowNs);
        }
        dueNs = Math.max(dueNs + intervalNs, nowNs - MAX_CATCH_UP_NS);
        return new Timed(next(), dueNs);
    }

    private Operation next() {
        if (flushIsNext) {
            flushIsNext = false;
            return new Operation.Flush();
        }
        if (bulkChunksLeft > 0 && random.nextBoolean()) {
            return bulk();
        }
        int dice = random.nextInt(1000);
        if (dice < 530) {
            return new Operation.Write(page(), PAGE_BYTES, false);
        } else if (dice < 780) {
            return read();
        } else if (dice < 870) {
            return append();
        } else if (dice < 960) {
            return metadata();
        } else if (dice < 985) {
            return new Operation.Write(page(), SectorStamp.SECTOR_BYTES, true);
        } else if (dice < 990) {
            long length = extentBytes();
            return new Operation.Zero(extent(length), length, random.nextBoolean());
        } else if (dice < 998) {
            long length = extentBytes();
            return new Operation.Trim(extent(length), length);
        }
        bulkChunksLeft = random.nextInt(MAX_BULK_CHUNKS) + 1;
        bulkPage = random.nextLong(dataPages - MAX_BULK_CHUNKS * (BULK_BYTES / PAGE_BYTES));
        return bulk();
    }

    private Operation bulk() {
        bulkChunksLeft--;
        long offset = dataOffset(bulkPage);
        bulkPage += BULK_BYTES / PAGE_BYTES;
        return new Operation.Write(offset, BULK_BYTES, false);
    }

    private Operation append() {
        int length = (random.nextInt(MAX_LOG_UNITS) + 1) * LOG_UNIT_BYTES;
        if (logAt + length > logBytes) {
            logAt = 0;
        }
        long offset = metadataBytes + logAt;
        logAt += length;
        flushIsNext = ++appends % APPENDS_A_FLUSH == 0;
        return new Operation.Write(offset, length, false);
    }

    private Operation metadata() {
        int length = (random.nextInt(7) + 1) * SectorStamp.SECTOR_BYTES;
        return new Operation.Write(metadataOffset(length), length, false);
    }

    private Operation read() {
        return switch (random.nextInt(10)) {
            case 0 -> {
                int length = (random.nextInt(15) + 1) * SectorStamp.SECTOR_BYTES;
                yield new Operation.Read(metadataOffset(length), length);
            }
            case 1 ->
                    new Operation.Read(
                            metadataBytes + Math.max(0, logAt - LOG_UNIT_BYTES), LOG_UNIT_BYTES);
            case 2 -> new Operation.Read(extent(LOG_UNIT_BYTES), LOG_UNIT_BYTES);
            default -> new Operation.Read(page(), PAGE_BYTES);
        };
    }

    private long metadataOffset(int length) {
        long sectors = (metadataBytes - length) / SectorStamp.SECTOR_BYTES;
        // Inodes in use lie together: nine of ten writes go to a hundredth of the region.
        long reach = random.nextInt(10) == 0 ? sectors : Math.max(1, sectors / 100);
        return random.nextLong(reach) * SectorStamp.SECTOR_BYTES;
    }

    private long page() {
        long rank = (long) (hotPages * Math.pow(random.nextDouble(), SKEW));
        return dataOffset(Long.remainderUnsigned(rank * SCATTER >>> 1, dataPages));
    }

    private long extentBytes() {
        return (random.nextInt(MAX_EXTENT_PAGES) + 1L) * PAGE_BYTES;
    }

    private long extent(long length) {
        return dataOffset(random.nextLong(dataPages - length / PAGE_BYTES));
    }

    private long dataOffset(long page) {
        return metadataBytes + logBytes + page * PAGE_BYTES;
    }
}
