package dev.farshore.apply.index.pending;

import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;

import java.util.ArrayList;

/**
 * The events of a volume that are not hardened here, in order: their ranges, and where they are in
 * the log. As seqs have no gaps, an event's place follows from its seq. Sixteen bytes an event.
 *
 * <p>It is used at both ends, so what is between may be on disk.
 *
 * <p>Threading: none of its own; any number may ask while nobody changes it.
 */
public final class PendingEvents {
    /** So many chunks at either end stay in memory. */
    private static final int CHUNKS_IN_USE = 2;

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
     * Moves what is not used soon to disk, until {@code keepBytes} are left on the heap, or nothing
     * is left between the ends.
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
