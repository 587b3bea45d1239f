package dev.farshore.apply.index;

import dev.farshore.apply.index.extents.ExtentMap;
import dev.farshore.apply.index.extents.Sectors;
import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.pending.PendingEvents;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The events of one volume that its image has not hardened, and for each block the newest of them.
 * Every seq in the map is one of the events.
 *
 * <p>Any method may fail with {@link dev.farshore.apply.index.spill.SpillException}; after one that
 * changes something, what is left is of no use.
 *
 * <p>Threading: none of its own; any number may ask while nobody changes it.
 */
final class UnhardenedBlocks {
    private final ExtentMap extents = new ExtentMap();
    private final PendingEvents pending = new PendingEvents();

    // ---- changes ----

    /** Adds the event that follows {@code before}. */
    void add(LogCursor before, IndexedHeader event, long headersOffset) {
        EventHeader header = event.header();
        pending.add(before, event, headersOffset);
        if (PendingEvents.hasRange(header.kind())) {
            extents.put(
                    Sectors.ofBytes(header.offset()),
                    Sectors.ofBytes(header.length()),
                    header.seq());
        }
    }

    /** Forgets the first event, and the blocks that nothing newer has written. */
    void removeFirst() {
        long seq = pending.firstSeq();
        extents.removeSeq(pending.startSectors(seq), pending.lengthSectors(seq), seq);
        pending.removeFirst();
    }

    /**
     * Forgets the events from {@code seq} on. What they hid of older ones is gone from the map, so
     * that is made anew from the events that are left.
     */
    void removeFrom(long seq) {
        extents.clear();
        if (pending.isEmpty() || pending.firstSeq() >= seq) {
            pending.clear();
            return;
        }
        if (pending.lastSeq() >= seq) {
            pending.removeFrom(seq);
        }
        pending.forEachRange((at, start, length) -> extents.put(start, length, at));
    }

    /** Moves what is not in use to disk, until {@code keepBytes} are left on the heap if it can. */
    void spill(PageStore pages, long keepBytes) {
        // Events are the cheaper half: what is between the ends is not touched for long.
        pending.spill(pages, keepBytes - extents.heapBytes());
        extents.spill(pages, keepBytes - pending.heapBytes());
    }

    // ---- questions ----

    boolean isEmptyUpTo(long seq) {
        return pending.isEmpty() || pending.firstSeq() > seq;
    }

    /** Only if there are any. */
    long firstSeq() {
        return pending.firstSeq();
    }

    boolean intersects(long offset, long length) {
        return extents.intersects(
                Sectors.ofBytes(offset), Sectors.ofBytesRoundedUp(offset + length));
    }

    /** The first so many, in order. */
    List<DirtyExtent> extents(long offset, long length, int maxExtents) {
        List<DirtyExtent> found = new ArrayList<>();
        extents.forEachWhile(
                Sectors.ofBytes(offset),
                Sectors.ofBytesRoundedUp(offset + length),
                (start, sectors, seq) -> {
                    long from = Math.max(offset, Sectors.toBytes(start));
                    long until = Math.min(offset + length, Sectors.toBytes(start + sectors));
                    found.add(
                            new DirtyExtent(
                                    from,
                                    until - from,
                                    seq,
                                    pending.writesOffset(seq),
                                    Sectors.toBytes(pending.startSectors(seq)),
                                    pending.isZero(seq)));
                    return found.size() < maxExtents;
                });
        return found;
    }

    long bytes() {
        return Sectors.toBytes(extents.sectors());
    }

    long extentCount() {
        return extents.pieceCount();
    }

    OptionalLong oldestCaptureMicros() {
        return pending.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(pending.captureMicros(pending.firstSeq()));
    }

    /** Estimated heap. */
    long heapBytes() {
        return extents.heapBytes() + pending.heapBytes();
    }

    // ---- what a restart needs ----

    /** Headers from this offset on must be read again; MAX_VALUE if none. */
    long resumeHeadersOffset() {
        return pending.isEmpty() ? Long.MAX_VALUE : pending.resumeHeadersOffset();
    }

    /**
     * Cursor before that header.
     *
     * @param end if there is none
     */
    LogCursor resumeCursor(LogCursor end) {
        return pending.isEmpty() ? end : pending.resumeCursor();
    }

    void write(PackedWriter out) throws IOException {
        pending.write(out);
        extents.write(out);
    }

    /**
     * Takes what {@link #write} wrote, where there was nothing.
     *
     * @param afterSome called now and then, so that not all of it need be in memory
     */
    void read(PackedReader in, Runnable afterSome) throws IOException {
        pending.read(in, afterSome);
        extents.read(in, afterSome);
    }
}
