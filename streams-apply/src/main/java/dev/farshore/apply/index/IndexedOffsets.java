package dev.farshore.apply.index;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Offsets of the write log whose headers are in the index. The other records either wait for their
 * headers, or will never have one that counts: duplicates and fenced events.
 *
 * <p>Memory is bounded: beyond {@value #MAX_RANGES} ranges the lowest is forgotten. A record may
 * then wrongly count as one without a header, never the other way round.
 *
 * <p>Threading: any thread; locks are short.
 */
public final class IndexedOffsets {
    static final int MAX_RANGES = 1 << 16;

    // From (inclusive) to (exclusive); neither overlap nor touch one another or the newest range.
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    // Headers come nearly always in the order of the log, so this one grows.
    private long newestFrom;
    private long newestTo;

    synchronized void add(long offset) {
        if (offset == newestTo && newestFrom < newestTo) {
            newestTo++;
        } else if (offset < newestFrom || offset >= newestTo) {
            putAside();
            newestFrom = offset;
            newestTo = offset + 1;
            Map.Entry<Long, Long> before = ranges.floorEntry(offset);
            if (before != null && before.getValue() >= offset) {
                ranges.remove(before.getKey());
                newestFrom = before.getKey();
                newestTo = Math.max(newestTo, before.getValue());
            }
        }
        if (!ranges.isEmpty()) {
            mergeWithFollowing();
        }
    }

    private void mergeWithFollowing() {
        Map.Entry<Long, Long> after = ranges.ceilingEntry(newestFrom);
        if (after != null && after.getKey() <= newestTo) {
            ranges.remove(after.getKey());
            newestTo = Math.max(newestTo, after.getValue());
        }
    }

    private void putAside() {
        if (newestFrom < newestTo) {
            ranges.put(newestFrom, newestTo);
            if (ranges.size() > MAX_RANGES) {
                ranges.pollFirstEntry();
            }
        }
    }

    synchronized void clear() {
        ranges.clear();
        newestFrom = 0;
        newestTo = 0;
    }

    synchronized void write(PackedWriter out) throws IOException {
        boolean hasNewest = newestFrom < newestTo;
        out.number(ranges.size() + (hasNewest ? 1 : 0));
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            out.number(range.getKey());
            out.number(range.getValue());
        }
        if (hasNewest) {
            out.number(newestFrom);
            out.number(newestTo);
        }
    }

    /** What {@link #write} wrote. */
    static IndexedOffsets read(PackedReader in) throws IOException {
        IndexedOffsets offsets = new IndexedOffsets();
        for (long left = in.number(); left > 0; left--) {
            offsets.putAside();
            offsets.newestFrom = in.number();
            offsets.newestTo = in.number();
        }
        return offsets;
    }

    /**
     * The records of a range of offsets of which no header has come, in order.
     *
     * @param to exclusive
     * @param maxRanges with that many, the last goes on to {@code to}, whatever is known of it
     */
    public synchronized List<OffsetRange> missing(long from, long to, int maxRanges) {
        List<OffsetRange> missing = new ArrayList<>();
        long at = from;
        while (at < to && missing.size() < maxRanges - 1) {
            at = endOfRangeAt(at);
            if (at >= to) {
                return missing;
            }
            long next = Math.min(to, startOfRangeAfter(at));
            missing.add(new OffsetRange(at, next));
            at = next;
        }
        if (at < to) {
            missing.add(new OffsetRange(at, to));
        }
        return missing;
    }

    private long endOfRangeAt(long offset) {
        if (offset >= newestFrom && offset < newestTo) {
            return newestTo;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(offset);
        return range != null && range.getValue() > offset ? range.getValue() : offset;
    }

    private long startOfRangeAfter(long offset) {
        Long next = ranges.higherKey(offset);
        long start = next == null ? Long.MAX_VALUE : next;
        return newestFrom < newestTo && newestFrom > offset ? Math.min(start, newestFrom) : start;
    }

    /**
     * @param from first offset
     * @param to exclusive
     */
    public record OffsetRange(long from, long to) {}
}
