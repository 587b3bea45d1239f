package dev.farshore.apply.index;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The events of a volume that are not hardened here, in order: their ranges, and where they are in
 * the log. As seqs have no gaps, an event's place follows from its seq. Sixteen bytes an event.
 *
 * <p>Threading: none of its own.
 */
final class PendingEvents {
    private static final int CHUNK_EVENTS = 1024;

    private final ArrayList<Chunk> chunks = new ArrayList<>();
    private long firstSeq = 1;
    private long lastSeq;

    /** Packs a range into a long: 39 bits of start, 24 of length, 1 for zeroes. */
    private static final class Chunk {
        private static final int LENGTH_BITS = 24;
        private static final int START_BITS = 39;
        private static final int WIDE_LENGTH = (1 << LENGTH_BITS) - 1;
        private static final int MIN_CAPACITY = 16;

        final LogCursor before;
        final long headersOffset;
        final long firstSeq;
        final long baseWritesOffset;
        final long baseCaptureMicros;
        int count;
        long[] ranges = new long[MIN_CAPACITY];
        int[] writesOffsetDeltas = new int[MIN_CAPACITY];
        int[] captureDeltas = new int[MIN_CAPACITY];
        // Events that do not fit: huge ranges, hours or billions of records apart.
        final Map<Integer, IndexedHeader> wide = new HashMap<>(0);

        Chunk(LogCursor before, IndexedHeader first, long headersOffset) {
            this.before = before;
            this.headersOffset = headersOffset;
            this.firstSeq = first.header().seq();
            this.baseWritesOffset = first.writesOffset();
            this.baseCaptureMicros = first.header().captureMicros();
        }

        void add(IndexedHeader event) {
            if (count == ranges.length) {
                int capacity = Math.min(CHUNK_EVENTS, 2 * count);
                ranges = Arrays.copyOf(ranges, capacity);
                writesOffsetDeltas = Arrays.copyOf(writesOffsetDeltas, capacity);
                captureDeltas = Arrays.copyOf(captureDeltas, capacity);
            }
            EventHeader header = event.header();
            long start = Sectors.ofBytes(header.offset());
            long length = hasRange(header.kind()) ? Sectors.ofBytes(header.length()) : 0;
            long writesOffsetDelta = event.writesOffset() - baseWritesOffset;
            long captureDelta = header.captureMicros() - baseCaptureMicros;
            if (start >= 1L << START_BITS
                    || length >= WIDE_LENGTH
                    || writesOffsetDelta != (int) writesOffsetDelta
                    || captureDelta != (int) captureDelta) {
                wide.put(count, event);
            } else {
                int zero = header.kind() == EventKind.WRITE ? 0 : 1;
                ranges[count] = (start << LENGTH_BITS | length) << 1 | zero;
                writesOffsetDeltas[count] = (int) writesOffsetDelta;
                captureDeltas[count] = (int) captureDelta;
            }
            count++;
        }

        IndexedHeader wide(int at) {
            IndexedHeader event = wide.get(at);
            if (event == null) {
                throw new IllegalStateException("event %d is not wide".formatted(firstSeq + at));
            }
            return event;
        }
    }

    static boolean hasRange(EventKind kind) {
        return switch (kind) {
            case WRITE, ZERO, TRIM -> true;
            case FLUSH,
                    RESIZE,
                    BOOKMARK,
                    EPOCH_OPENED,
                    EPOCH_SEALED,
                    SEED_STARTED,
                    SEED_FINISHED,
                    UNKNOWN ->
                    false;
        };
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** Only if there are any. */
    long firstSeq() {
        return firstSeq;
    }

    long lastSeq() {
        return lastSeq;
    }

    /** Cursor before the first event of which records must be read again after a restart. */
    LogCursor resumeCursor() {
        return chunks.getFirst().before;
    }

    /** Offset in the headers topic of that event. */
    long resumeHeadersOffset() {
        return chunks.getFirst().headersOffset;
    }

    /** Adds the event that follows {@code before}. */
    void add(LogCursor before, IndexedHeader event, long headersOffset) {
        if (chunks.isEmpty()) {
            firstSeq = event.header().seq();
            chunks.add(new Chunk(before, event, headersOffset));
        } else if (chunks.getLast().count == CHUNK_EVENTS) {
            chunks.add(new Chunk(before, event, headersOffset));
        }
        chunks.getLast().add(event);
        lastSeq = event.header().seq();
    }

    /** Forgets the first event. */
    void removeFirst() {
        Chunk first = chunks.getFirst();
        firstSeq++;
        if (firstSeq > lastSeq) {
            // The next event starts a chunk of its own, so an idle volume holds nothing back.
            chunks.clear();
        } else if (firstSeq == first.firstSeq + first.count) {
            chunks.removeFirst();
        }
    }

    private Chunk chunkOf(long seq) {
        // All chunks but the last are full.
        return chunks.get((int) ((seq - chunks.getFirst().firstSeq) / CHUNK_EVENTS));
    }

    long startSectors(long seq) {
        Chunk chunk = chunkOf(seq);
        int at = (int) (seq - chunk.firstSeq);
        return isWide(chunk, at)
                ? Sectors.ofBytes(chunk.wide(at).header().offset())
                : chunk.ranges[at] >>> (Chunk.LENGTH_BITS + 1);
    }

    /** Length of the event's range; 0 if it has none. */
    long lengthSectors(long seq) {
        Chunk chunk = chunkOf(seq);
        int at = (int) (seq - chunk.firstSeq);
        if (isWide(chunk, at)) {
            EventHeader header = chunk.wide(at).header();
            return hasRange(header.kind()) ? Sectors.ofBytes(header.length()) : 0;
        }
        return chunk.ranges[at] >>> 1 & Chunk.WIDE_LENGTH;
    }

    /** Whether the event made its range read as zeroes. */
    boolean isZero(long seq) {
        Chunk chunk = chunkOf(seq);
        int at = (int) (seq - chunk.firstSeq);
        return isWide(chunk, at)
                ? chunk.wide(at).header().kind() != EventKind.WRITE
                : (chunk.ranges[at] & 1) != 0;
    }

    long writesOffset(long seq) {
        Chunk chunk = chunkOf(seq);
        int at = (int) (seq - chunk.firstSeq);
        return isWide(chunk, at)
                ? chunk.wide(at).writesOffset()
                : chunk.baseWritesOffset + chunk.writesOffsetDeltas[at];
    }

    long captureMicros(long seq) {
        Chunk chunk = chunkOf(seq);
        int at = (int) (seq - chunk.firstSeq);
        return isWide(chunk, at)
                ? chunk.wide(at).header().captureMicros()
                : chunk.baseCaptureMicros + chunk.captureDeltas[at];
    }

    private static boolean isWide(Chunk chunk, int at) {
        return !chunk.wide.isEmpty() && chunk.wide.containsKey(at);
    }
}
