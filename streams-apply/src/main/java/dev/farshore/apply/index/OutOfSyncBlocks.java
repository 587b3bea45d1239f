package dev.farshore.apply.index;

import dev.farshore.apply.index.extents.ExtentMap;
import dev.farshore.apply.index.extents.Sectors;
import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.pending.CursorCodec;
import dev.farshore.apply.index.pending.PendingEvents;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The blocks in which the sites' images of one volume may differ, each with the event that wrote it
 * last. An image that has hardened up to seq n lacks those written after n. One map answers for all
 * sites, so its size does not depend on their number.
 *
 * <p>It knows every event after {@link #forgottenSeq}, and forgets what every site has hardened.
 * Its memory is bounded, however long a site is away: beyond {@value #MAX_HEAP_BYTES} bytes ranges
 * are rounded out to larger granules. A block may then wrongly count as lacking; a block that is
 * lacking never counts as there.
 *
 * <p>Threading: none of its own.
 */
final class OutOfSyncBlocks {
    static final long MAX_HEAP_BYTES = 6 << 20;

    private static final long MIN_BYTES_TO_PRUNE = 1 << 16;

    /** No form of an {@link ExtentMap} takes less for an extent. */
    private static final int MIN_EXTENT_BYTES = 8;

    private static final int EVENTS_PER_CHECKPOINT = 1024;

    /** A restart reads at most this many times {@link #EVENTS_PER_CHECKPOINT} headers again. */
    private static final int MAX_CHECKPOINTS = 4096;

    private record Checkpoint(long firstSeq, LogCursor before, long headersOffset) {}

    private final Deque<Checkpoint> checkpoints = new ArrayDeque<>();
    private ExtentMap newest = new ExtentMap();
    private long granuleSectors = 1;
    private long pruneAtBytes = MIN_BYTES_TO_PRUNE;
    private long lastSeq;
    private long forgottenSeq;

    /** Nothing is kept before it is known how far the sites are, as nobody asks then. */
    private long hardenedEverywhereSeq = Long.MAX_VALUE;

    /**
     * @param beforeSeq of the event before the first that will come
     */
    OutOfSyncBlocks(long beforeSeq) {
        lastSeq = beforeSeq;
        forgottenSeq = beforeSeq;
    }

    /** Adds the event that follows {@code before}. */
    void add(LogCursor before, EventHeader header, long headersOffset) {
        lastSeq = header.seq();
        if (lastSeq <= hardenedEverywhereSeq) {
            forgetAll();
            return;
        }
        Checkpoint newestCheckpoint = checkpoints.peekLast();
        if (newestCheckpoint == null
                || lastSeq - newestCheckpoint.firstSeq() >= EVENTS_PER_CHECKPOINT) {
            checkpoints.add(new Checkpoint(lastSeq, before, headersOffset));
            if (checkpoints.size() > MAX_CHECKPOINTS) {
                checkpoints.remove();
            }
        }
        if (PendingEvents.hasRange(header.kind()) && header.length() > 0) {
            long start = roundedDown(Sectors.ofBytes(header.offset()));
            long end = roundedUp(Sectors.ofBytes(header.offset() + header.length()));
            newest.put(start, end - start, lastSeq);
            if (newest.heapBytes() >= pruneAtBytes) {
                prune();
            }
        }
    }

    /** Every site has hardened the events up to {@code seq}. */
    void onHardenedEverywhere(long seq) {
        hardenedEverywhereSeq = seq;
        if (lastSeq <= seq) {
            forgetAll();
            return;
        }
        Checkpoint oldest = checkpoints.poll();
        while (oldest != null) {
            Checkpoint next = checkpoints.peek();
            if (next == null || next.firstSeq() > seq + 1) {
                checkpoints.push(oldest);
                return;
            }
            oldest = checkpoints.poll();
        }
    }

    /**
     * Events from {@code seq} on turned out not to count. The blocks they wrote go on being taken
     * for lacking, as if newer events had written them.
     */
    void removeFrom(long seq) {
        lastSeq = Math.min(lastSeq, seq - 1);
        while (!checkpoints.isEmpty() && checkpoints.getLast().firstSeq() >= seq) {
            checkpoints.removeLast();
        }
    }

    private void forgetAll() {
        checkpoints.clear();
        forgottenSeq = lastSeq;
        if (newest.sectors() > 0) {
            newest = new ExtentMap();
            granuleSectors = 1;
            pruneAtBytes = MIN_BYTES_TO_PRUNE;
        }
    }

    /**
     * Removes what is hardened everywhere, and coarsens the rest as far as needed. The map may then
     * double before it is pruned again, so the cost per event is constant.
     */
    private void prune() {
        granuleSectors = 1;
        // What is surely too much is not built: to count it takes far less.
        while (rounded(new Rounding(null)).extents * MIN_EXTENT_BYTES > MAX_HEAP_BYTES / 2) {
            granuleSectors *= 2;
        }
        ExtentMap kept = new ExtentMap();
        rounded(new Rounding(kept));
        while (kept.heapBytes() > MAX_HEAP_BYTES / 2) {
            granuleSectors *= 2;
            kept = new ExtentMap();
            rounded(new Rounding(kept));
        }
        newest = kept;
        forgottenSeq = Math.max(forgottenSeq, hardenedEverywhereSeq);
        pruneAtBytes = Math.max(MIN_BYTES_TO_PRUNE, 2 * kept.heapBytes());
    }

    private Rounding rounded(Rounding rounding) {
        newest.forEach(0, Long.MAX_VALUE, rounding::add);
        return rounding;
    }

    /** Rounds extents, in order, to the granule; one that two share has the newer event. */
    private final class Rounding {
        private final @Nullable ExtentMap map;

        /** How many there are then, at most. */
        private long extents;

        private long endOfLast;
        private long seqBeforeEnd;

        /**
         * @param map they are put into; null to count them
         */
        Rounding(@Nullable ExtentMap map) {
            this.map = map;
        }

        void add(long start, long length, long seq) {
            if (seq <= hardenedEverywhereSeq) {
                return;
            }
            long from = roundedDown(start);
            long until = roundedUp(start + length);
            if (from < endOfLast && seq > seqBeforeEnd) {
                put(from, endOfLast, seq);
            }
            from = Math.max(from, endOfLast);
            if (from < until) {
                put(from, until, seq);
                endOfLast = until;
            }
        }

        private void put(long from, long until, long seq) {
            extents++;
            seqBeforeEnd = seq;
            if (map != null) {
                map.put(from, until - from, seq);
            }
        }
    }

    private long roundedDown(long sector) {
        return sector - sector % granuleSectors;
    }

    private long roundedUp(long sector) {
        return roundedDown(sector + granuleSectors - 1);
    }

    /** Whether all events after {@code seq} are known. */
    boolean isKnownAfter(long seq) {
        return seq >= forgottenSeq;
    }

    /**
     * The parts of a range that events after {@code seq} wrote, in order; parts that touch are one.
     *
     * @param maxRanges with that many, the rest of the range is left open
     */
    List<BlockRange> writtenAfter(long seq, long offset, long length, int maxRanges) {
        List<BlockRange> found = new ArrayList<>();
        newest.forEachWhile(
                Sectors.ofBytes(offset),
                Sectors.ofBytesRoundedUp(offset + length),
                (start, sectors, writtenSeq) -> {
                    if (writtenSeq > seq) {
                        long from = Math.max(offset, Sectors.toBytes(start));
                        long until = Math.min(offset + length, Sectors.toBytes(start + sectors));
                        append(found, from, until);
                    }
                    return found.size() < maxRanges;
                });
        return found;
    }

    private static void append(List<BlockRange> ranges, long from, long until) {
        BlockRange last = ranges.isEmpty() ? null : ranges.getLast();
        if (last != null && last.offset() + last.length() == from) {
            ranges.set(ranges.size() - 1, new BlockRange(last.offset(), until - last.offset()));
        } else {
            ranges.add(new BlockRange(from, until - from));
        }
    }

    /** What it takes of the heap, nearly. */
    long heapBytes() {
        return newest.heapBytes();
    }

    /** Headers from this offset on must be read again after a restart; MAX_VALUE if none. */
    long resumeHeadersOffset() {
        Checkpoint oldest = checkpoints.peek();
        return oldest == null ? Long.MAX_VALUE : oldest.headersOffset();
    }

    /** Cursor before that header; null if none. */
    @Nullable LogCursor resumeCursor() {
        Checkpoint oldest = checkpoints.peek();
        return oldest == null ? null : oldest.before();
    }

    void write(PackedWriter out) throws IOException {
        out.number(lastSeq);
        out.number(forgottenSeq);
        out.number(granuleSectors);
        newest.write(out);
        out.number(checkpoints.size());
        for (Checkpoint checkpoint : checkpoints) {
            out.number(checkpoint.firstSeq());
            out.number(checkpoint.headersOffset());
            CursorCodec.write(out, checkpoint.before());
        }
    }

    /**
     * Takes what {@link #write} wrote, where there was nothing. How far the sites are is not in it:
     * that may have changed since, and is told again.
     */
    void read(PackedReader in) throws IOException {
        lastSeq = in.number();
        forgottenSeq = in.number();
        granuleSectors = in.number();
        newest.read(in, () -> {});
        pruneAtBytes = Math.max(MIN_BYTES_TO_PRUNE, 2 * newest.heapBytes());
        long count = in.number();
        if (granuleSectors < 1 || count < 0 || count > MAX_CHECKPOINTS) {
            throw new IOException(
                    "%d checkpoints, granules of %d sectors".formatted(count, granuleSectors));
        }
        for (int i = 0; i < count; i++) {
            long firstSeq = in.number();
            long headersOffset = in.number();
            checkpoints.add(new Checkpoint(firstSeq, CursorCodec.read(in), headersOffset));
        }
    }
}
