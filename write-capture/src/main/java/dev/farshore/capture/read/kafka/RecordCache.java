package dev.farshore.capture.read.kafka;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.farshore.capture.read.latest.LogRecord;

import org.jspecify.annotations.Nullable;

/**
 * Recently read records of all partitions, bounded in bytes. Records never change, so no entry can
 * be stale. Threading: any thread.
 */
final class RecordCache {
    private record Place(int partition, long offset) {}

    private final Cache<Place, LogRecord> records;

    RecordCache(long maxBytes) {
        records =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher((Place place, LogRecord record) -> record.weightBytes())
                        .build();
    }

    @Nullable LogRecord find(int partition, long offset) {
        return records.getIfPresent(new Place(partition, offset));
    }

    void put(int partition, long offset, LogRecord record) {
        records.put(new Place(partition, offset), record);
    }
}
