package dev.farshore.apply.index.pending;

import dev.farshore.apply.index.extents.Sectors;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Consecutive events of {@link PendingEvents}: sixteen bytes each, in memory or on disk.
 *
 * <pre>
 * range               39 bits of start · 24 of length · 1 for zeroes, in sectors
 * writesOffsetDelta   32 bits, from the chunk's first event's
 * captureDelta        32 bits, in microseconds, from the chunk's first event's
 * </pre>
 *
 * <p>Threading: none of its own.
 */
final class EventChunk {
    static final int MAX_EVENTS = 1024;

    private static final int LENGTH_BITS = 24;
    private static final int START_BITS = 39;
    private static final int WIDE_LENGTH = (1 << LENGTH_BITS) - 1;
    private static final int MIN_CAPACITY = 16;
    private static final int EVENT_BYTES = 16;

    /** The chunk, its cursor, and the headers of its arrays. */
    private static final int OWN_BYTES = 200;

    private static final int WIDE_BYTES = 200;

    /** Cursor before the first event. */
    final LogCursor before;

    /** Of the first event. */
    final long headersOffset;

    final long firstSeq;
    private final long baseWritesOffset;
    private final long baseCaptureMicros;
    private int count;

    // Null while the chunk is on disk.
    private long @Nullable [] ranges = new long[MIN_CAPACITY];
    private int @Nullable [] deltas = new int[2 * MIN_CAPACITY];
    private @Nullable PageStore pages;
    private long pageId;

    // Events that do not fit: huge ranges, hours or billions of records apart.
    private final Map<Integer, IndexedHeader> wide = new HashMap<>(0);

    EventChunk(LogCursor before, IndexedHeader first, long headersOffset) {
        this.before = before;
        this.headersOffset = headersOffset;
        this.firstSeq = first.header().seq();
        this.baseWritesOffset = first.writesOffset();
        this.baseCaptureMicros = first.header().captureMicros();
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == MAX_EVENTS;
    }

    boolean isSpilled() {
        return ranges == null;
    }

    /** What it takes of the heap. */
    long heapBytes() {
        long capacity = ranges == null ? 0 : ranges.length;
        return OWN_BYTES + EVENT_BYTES * capacity + (long) WIDE_BYTES * wide.size();
    }

    void add(IndexedHeader event) {
        EventHeader header = event.header();
        long start = Sectors.ofBytes(header.offset());
        long length = PendingEvents.hasRange(header.kind()) ? Sectors.ofBytes(header.length()) : 0;
        long writesOffsetDelta = event.writesOffset() - baseWritesOffset;
        long captureDelta = header.captureMicros() - baseCaptureMicros;
        if (start >= 1L << START_BITS
                || length >= WIDE_LENGTH
                || writesOffsetDelta != (int) writesOffsetDelta
                || captureDelta != (int) captureDelta) {
            wide.put(count, event);
            append(0, 0, 0);
        } else {
            int zero = header.kind() == EventKind.WRITE ? 0 : 1;
            append(
                    (start << LENGTH_BITS | length) << 1 | zero,
                    (int) writesOffsetDelta,
                    (int) captureDelta);
        }
    }

    private void append(long range, int writesOffsetDelta, int captureDelta) {
        long[] oldRanges = Objects.requireNonNull(ranges);
        int[] oldDeltas = Objects.requireNonNull(deltas);
        if (count == oldRanges.length) {
            int capacity = Math.min(MAX_EVENTS, 2 * count);
            oldRanges = Arrays.copyOf(oldRanges, capacity);
            oldDeltas = Arrays.copyOf(oldDeltas, 2 * capacity);
            ranges = oldRanges;
            deltas = oldDeltas;
        }
        oldRanges[count] = range;
        oldDeltas[2 * count] = writesOffsetDelta;
        oldDeltas[2 * count + 1] = captureDelta;
        count++;
    }

    /** Forgets the events from the {@code newCount}-th on; the chunk is in memory. */
    void truncate(int newCount) {
        wide.keySet().removeIf(at -> at >= newCount);
        count = newCount;
    }

    // ---- the events, by their place in the chunk ----

    private @Nullable IndexedHeader wide(int at) {
        return wide.isEmpty() ? null : wide.get(at);
    }

    long startSectors(int at) {
        IndexedHeader event = wide(at);
        return event != null
                ? Sectors.ofBytes(event.header().offset())
                : range(at) >>> (LENGTH_BITS + 1);
    }

    /** 0 if it has no range. */
    long lengthSectors(int at) {
        IndexedHeader event = wide(at);
        if (event == null) {
            return range(at) >>> 1 & WIDE_LENGTH;
        }
        EventHeader header = event.header();
        return PendingEvents.hasRange(header.kind()) ? Sectors.ofBytes(header.length()) : 0;
    }

    boolean isZero(int at) {
        IndexedHeader event = wide(at);
        return event != null ? event.header().kind() != EventKind.WRITE : (range(at) & 1) != 0;
    }

    long writesOffset(int at) {
        IndexedHeader event = wide(at);
        return event != null ? event.writesOffset() : baseWritesOffset + delta(at, 0);
    }

    long captureMicros(int at) {
        IndexedHeader event = wide(at);
        return event != null ? event.header().captureMicros() : baseCaptureMicros + delta(at, 1);
    }

    private long range(int at) {
        return ranges != null ? ranges[at] : page().getLong(EVENT_BYTES * at);
    }

    private int delta(int at, int which) {
        return deltas != null
                ? deltas[2 * at + which]
                : page().getInt(EVENT_BYTES * at + Long.BYTES + Integer.BYTES * which);
    }

    // ---- on disk ----

    private ByteBuffer page() {
        return ByteBuffer.wrap(Objects.requireNonNull(pages).get(pageId));
    }

    /** Moves the events to disk; what others see does not change. */
    void spill(PageStore to) {
        ByteBuffer page = ByteBuffer.allocate(EVENT_BYTES * count);
        for (int at = 0; at < count; at++) {
            page.putLong(range(at)).putInt(delta(at, 0)).putInt(delta(at, 1));
        }
        pageId = to.add(page.array());
        pages = to;
        ranges = null;
        deltas = null;
    }

    /** Takes the events back into memory, if they are not there. */
    void bringBack() {
        if (isSpilled()) {
            ByteBuffer page = page();
            forgetPage();
            long[] newRanges = new long[count];
            int[] newDeltas = new int[2 * count];
            for (int at = 0; at < count; at++) {
                newRanges[at] = page.getLong();
                newDeltas[2 * at] = page.getInt();
                newDeltas[2 * at + 1] = page.getInt();
            }
            ranges = newRanges;
            deltas = newDeltas;
        }
    }

    /** To be called before a chunk is dropped. */
    void forgetPage() {
        if (isSpilled()) {
            Objects.requireNonNull(pages).remove(pageId, EVENT_BYTES * count);
        }
    }
}
