package dev.farshore.coordinator.retention;

/**
 * A partition of {@code farshore.writes}, and how long it keeps what is in it.
 *
 * @param beginOffset of the oldest record
 * @param endOffset that the next record will have
 * @param sizeBytes on a broker's disk; -1 if that is not told
 * @param retentionMillis -1 for no limit
 * @param retentionBytes -1 for no limit
 */
public record PartitionLog(
        long beginOffset,
        long endOffset,
        long sizeBytes,
        long retentionMillis,
        long retentionBytes) {

    long records() {
        return endOffset - beginOffset;
    }

    /** About how much of the partition lies behind an offset. */
    double bytesFrom(long offset) {
        long records = endOffset - beginOffset;
        if (records <= 0 || sizeBytes <= 0) {
            return 0;
        }
        return (double) sizeBytes * (endOffset - Math.max(offset, beginOffset)) / records;
    }
}
