package dev.farshore.apply.index.pending;

import dev.farshore.apply.index.extents.Sectors;
import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
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

    private static final int WIDE_BYTES = 100;

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
    private final Map<Integer, WideEvent> wide = new HashMap<>(0);

    EventChunk(LogCursor before, IndexedHeader first, long headersOffset) {
        this.before = before;
        this.headersOffset = headersOffset;
        this.firstSeq = first.header().seq();
        this.baseWritesOffset = first.writesOffset();
        this.baseCaptureMicros = first.header().captureMicros();
    }

    private EventChunk(
            LogCursor before,
            long headersOffset,
            long firstSeq,
            long baseWritesOffset,
            long baseCaptureMicros) {
        this.before = before;
        this.headersOffset = headersOffset;
        this.firstSeq = firstSeq;
        this.baseWritesOffset = baseWritesOffset;
        this.baseCaptureMicros = baseCaptureMicros;
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
        boolean isZero = header.kind() != EventKind.WRITE;
        long writesOffsetDelta = event.writesOffset() - baseWritesOffset;
        long captureDelta = header.captureMicros() - baseCaptureMicros;
        if (start >= 1L << START_BITS
                || length >= WIDE_LENGTH
                || writesOffsetDelta != (int) writesOffsetDelta
                || captureDelta != (int) captureDelta) {
            wide.put(
                    count,
                    new WideEvent(
                            start, length, isZero, event.writesOffset(), header.captureMicros()));
            append(0, 0, 0);
        } else {
            append(
                    (start << LENGTH_BITS | length) << 1 | (isZero ? 1 : 0),
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

    /** An event that does not fit into the packed form. */
    private record WideEvent(
            long startSectors,
            long lengthSectors,
            boolean isZero,
            long writesOffset,
            long captureMicros) {}

    private @Nullable WideEvent wide(int at) {
        return wide.isEmpty() ? null : wide.get(at);
    }

    long startSectors(int at) {
        WideEvent event = wide(at);
        return event != null ? event.startSectors : range(at) >>> (LENGTH_BITS + 1);
    }

    /** 0 if it has no range. */
    long lengthSectors(int at) {
        WideEvent event = wide(at);
        return event != null ? event.lengthSectors : range(at) >>> 1 & WIDE_LENGTH;
    }

    boolean isZero(int at) {
        WideEvent event = wide(at);
        return event != null ? event.isZero : (range(at) & 1) != 0;
    }

    long writesOffset(int at) {
        WideEvent event = wide(at);
        return event != null ? event.writesOffset : baseWritesOffset + delta(at, 0);
    }

    long captureMicros(int at) {
        WideEvent event = wide(at);
        return event != null ? event.captureMicros : baseCaptureMicros + delta(at, 1);
    }

    /** Shows the ranges of the events from the {@code first}-th on. */
    void forEachRange(int first, PendingEvents.RangeVisitor visitor) {
        ByteBuffer page = isSpilled() ? page() : null;
        for (int at = first; at < count; at++) {
            WideEvent event = wide(at);
            if (event != null) {
                visitor.visit(firstSeq + at, event.startSectors, event.lengthSectors);
            } else {
                long range = page == null ? range(at) : page.getLong(EVENT_BYTES * at);
                visitor.visit(
                        firstSeq + at, range >>> (LENGTH_BITS + 1), range >>> 1 & WIDE_LENGTH);
            }
        }
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

    // ---- in a snapshot ----

    void write(PackedWriter out) throws IOException {
        CursorCodec.write(out, before);
        out.number(headersOffset);
        out.number(firstSeq);
        out.number(baseWritesOffset);
        out.number(baseCaptureMicros);
        out.number(count);
        ByteBuffer page = ranges == null ? page() : null;
        int lastWritesOffset = 0;
        int lastCapture = 0;
        for (int at = 0; at < count; at++) {
            long range = page == null ? range(at) : page.getLong();
            int writesOffset = page == null ? delta(at, 0) : page.getInt();
            int capture = page == null ? delta(at, 1) : page.getInt();
            out.number(range >>> (LENGTH_BITS + 1));
            // Zero or one first, as the lowest bit of a small number.
            out.number(range & (1L << LENGTH_BITS + 1) - 1);
            out.signed((long) writesOffset - lastWritesOffset);
            out.signed((long) capture - lastCapture);
            lastWritesOffset = writesOffset;
            lastCapture = capture;
        }
        out.number(wide.size());
        for (Map.Entry<Integer, WideEvent> entry : wide.entrySet()) {
            WideEvent event = entry.getValue();
            out.number(entry.getKey());
            out.number(event.startSectors);
            out.number(event.lengthSectors);
            out.number(event.isZero ? 1 : 0);
            out.number(event.writesOffset);
            out.number(event.captureMicros);
        }
    }

    static EventChunk read(PackedReader in) throws IOException {
        LogCursor before = CursorCodec.read(in);
        EventChunk chunk =
                new EventChunk(before, in.number(), in.number(), in.number(), in.number());
        long events = in.number();
        if (events < 1 || events > MAX_EVENTS || chunk.firstSeq != before.seq() + 1) {
            throw new IOException(
                    "%d events from %d behind %s".formatted(events, chunk.firstSeq, before));
        }
        int lastWritesOffset = 0;
        int lastCapture = 0;
        for (int at = 0; at < events; at++) {
            long start = in.number();
            long rest = in.number();
            lastWritesOffset += (int) in.signed();
            lastCapture += (int) in.signed();
            chunk.append(start << LENGTH_BITS + 1 | rest, lastWritesOffset, lastCapture);
        }
        long wideEvents = in.number();
        for (int i = 0; i < wideEvents; i++) {
            int at = (int) in.number();
            chunk.wide.put(
                    at,
                    new WideEvent(
                            in.number(), in.number(), in.number() != 0, in.number(), in.number()));
        }
        return chunk;
    }
}
