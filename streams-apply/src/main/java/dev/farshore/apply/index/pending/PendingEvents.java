package dev.farshore.apply.index.pending;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.ArrayList;

/**
 * The events of a volume that are not hardened here, in order: their ranges and log offsets, 16
 * bytes an event. Seqs have no gaps, so an event's place follows from its seq.
 *
 * <p>Only the two ends are in use, so the middle may be on disk.
 *
 * <p>Threading: none of its own; any number may ask while nobody changes it.
 */
public final class PendingEvents {
    /** Chunks at either end that stay in memory. */
    private static final int CHUNKS_IN_USE = 2;

    private static final int CHUNKS_BETWEEN_CALLS = 4;

    private final ArrayList<EventChunk> chunks = new ArrayList<>();
    private long firstSeq = 1;
    private long lastSeq;
    private long heapBytes;

    /** Chunks from here on may be in memory, those before it are the head or on disk. */
    private int spilledUntil;

    /** Whether events of that kind change a range of the volume. */
    public static boolean hasRange(EventKind kind) {
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

    public boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** Only if there are any. */
    public long firstSeq() {
        return firstSeq;
    }

    public long lastSeq() {
        return lastSeq;
    }

    /** What it takes of the heap, as far as can be told. */
    public long heapBytes() {
        return heapBytes;
    }

    /** Cursor before the first event of which records must be read again after a restart. */
    public LogCursor resumeCursor() {
        return chunks.getFirst().before;
    }

    /** Offset in the headers topic of that event. */
    public long resumeHeadersOffset() {
        return chunks.getFirst().headersOffset;
    }

    /** Adds the event that follows {@code before}. */
    public void add(LogCursor before, IndexedHeader event, long headersOffset) {
        if (chunks.isEmpty()) {
            firstSeq = event.header().seq();
        }
        if (chunks.isEmpty() || chunks.getLast().isFull()) {
            append(new EventChunk(before, event, headersOffset));
        }
        EventChunk last = chunks.getLast();
        long bytesBefore = last.heapBytes();
        last.add(event);
        heapBytes += last.heapBytes() - bytesBefore;
        lastSeq = event.header().seq();
    }

    private void append(EventChunk chunk) {
        chunks.add(chunk);
        heapBytes += chunk.heapBytes();
    }

    /** Forgets the first event. */
    public void removeFirst() {
        EventChunk first = chunks.getFirst();
        firstSeq++;
        if (firstSeq > lastSeq) {
            // The next event starts a chunk of its own, so an idle volume holds nothing back.
            clear();
        } else if (firstSeq == first.firstSeq + first.count()) {
            heapBytes -= first.heapBytes();
            chunks.removeFirst();
            spilledUntil = Math.max(0, spilledUntil - 1);
            bringBack(chunks.getFirst());
        }
    }

    private void bringBack(EventChunk chunk) {
        heapBytes -= chunk.heapBytes();
        chunk.bringBack();
        heapBytes += chunk.heapBytes();
    }

    /** Forgets all. */
    public void clear() {
        chunks.forEach(EventChunk::forgetPage);
        chunks.clear();
        heapBytes = 0;
        spilledUntil = 0;
    }

    /**
     * Moves chunks between the ends to disk until only {@code keepBytes} are left on the heap, or
     * no chunk is left to move.
     *
     * @throws dev.farshore.apply.index.spill.SpillException if that fails; nothing is lost then
     */
    public void spill(PageStore pages, long keepBytes) {
        int at = Math.max(CHUNKS_IN_USE, spilledUntil);
        while (heapBytes > keepBytes && at < chunks.size() - CHUNKS_IN_USE) {
            EventChunk chunk = chunks.get(at);
            if (!chunk.isSpilled()) {
                heapBytes -= chunk.heapBytes();
                chunk.spill(pages);
                heapBytes += chunk.heapBytes();
            }
            at++;
            spilledUntil = at;
        }
    }

    /** Forgets the events from {@code seq} on, which is after the first. */
    public void removeFrom(long seq) {
        while (chunks.getLast().firstSeq >= seq) {
            EventChunk last = chunks.removeLast();
            last.forgetPage();
            heapBytes -= last.heapBytes();
        }
        EventChunk last = chunks.getLast();
        bringBack(last);
        heapBytes -= last.heapBytes();
        last.truncate(place(last, seq));
        heapBytes += last.heapBytes();
        lastSeq = seq - 1;
        spilledUntil = Math.min(spilledUntil, chunks.size() - 1);
    }

    /** Writes all of them. */
    public void write(PackedWriter out) throws IOException {
        out.number(firstSeq);
        out.number(chunks.size());
        for (EventChunk chunk : chunks) {
            chunk.write(out);
        }
    }

    /**
     * Takes what {@link #write} wrote, where there was nothing.
     *
     * @param afterSome called after every few thousand events
     * @throws IOException if it makes no sense
     */
    public void read(PackedReader in, Runnable afterSome) throws IOException {
        long first = in.number();
        long count = in.number();
        for (long i = 0; i < count; i++) {
            EventChunk chunk = EventChunk.read(in);
            boolean follows =
                    chunks.isEmpty()
                            ? first >= chunk.firstSeq
                            : chunks.getLast().isFull() && chunk.firstSeq == lastSeq + 1;
            if (!follows) {
                throw new IOException(
                        "event %d can't follow event %d".formatted(chunk.firstSeq, lastSeq));
            }
            append(chunk);
            lastSeq = chunk.firstSeq + chunk.count() - 1;
            if (i % CHUNKS_BETWEEN_CALLS == CHUNKS_BETWEEN_CALLS - 1) {
                afterSome.run();
            }
        }
        if (count > 0) {
            firstSeq = first;
            if (first > lastSeq
                    || first >= chunks.getFirst().firstSeq + chunks.getFirst().count()) {
                throw new IOException("the first event is %d of %d".formatted(first, lastSeq));
            }
        }
    }

    /** Is shown events in order; a length of 0 is no range. */
    public interface RangeVisitor {
        void visit(long seq, long startSectors, long lengthSectors);
    }

    /** Shows the ranges of all events. */
    public void forEachRange(RangeVisitor visitor) {
        for (EventChunk chunk : chunks) {
            chunk.forEachRange((int) Math.max(0, firstSeq - chunk.firstSeq), visitor);
        }
    }

    // ---- the events, by seq ----

    private EventChunk chunkOf(long seq) {
        // All chunks but the last are full.
        return chunks.get((int) ((seq - chunks.getFirst().firstSeq) / EventChunk.MAX_EVENTS));
    }

    private static int place(EventChunk chunk, long seq) {
        return (int) (seq - chunk.firstSeq);
    }

    public long startSectors(long seq) {
        EventChunk chunk = chunkOf(seq);
        return chunk.startSectors(place(chunk, seq));
    }

    /** Length of the event's range; 0 if it has none. */
    public long lengthSectors(long seq) {
        EventChunk chunk = chunkOf(seq);
        return chunk.lengthSectors(place(chunk, seq));
    }

    /** Whether the event made its range read as zeroes. */
    public boolean isZero(long seq) {
        EventChunk chunk = chunkOf(seq);
        return chunk.isZero(place(chunk, seq));
    }

    public long writesOffset(long seq) {
        EventChunk chunk = chunkOf(seq);
        return chunk.writesOffset(place(chunk, seq));
    }

    public long captureMicros(long seq) {
        EventChunk chunk = chunkOf(seq);
        return chunk.captureMicros(place(chunk, seq));
    }
}
