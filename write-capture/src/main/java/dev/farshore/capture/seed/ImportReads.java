package dev.farshore.capture.seed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Reads of a volume whose import is under way: what no event has touched is read from the source,
 * so that the guest sees the whole old disk from the first moment on.
 *
 * <p><b>Why a sector is as it was at one moment of the read.</b> What is untouched when the read
 * begins has the source's content at that moment. The rest is read afterwards, as always. If by
 * then an event has touched some of what was untouched, the two may be parts of one block from
 * before and after a write, and the read is made again. Each time there is less left to touch.
 *
 * <p>Threading: any thread reads; closing waits for them.
 */
public final class ImportReads implements AutoCloseable {

    /** Reads the volume as its events have made it. */
    public interface EventReads {
        void read(long offset, ByteBuffer into) throws IOException;
    }

    private final SeedSource source;
    private final TouchedRanges touched;
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private boolean isOver;
    private boolean isClosed;

    public ImportReads(SeedSource source, TouchedRanges touched) {
        this.source = source;
        this.touched = touched;
    }

    /** Fills {@code into} from its position to its limit. */
    public void read(long offset, ByteBuffer into, EventReads events) throws IOException {
        life.readLock().lock();
        try {
            if (isOver) {
                events.read(offset, into);
                return;
            }
            if (isClosed) {
                throw new IOException("the volume's import is not made here any more");
            }
            int position = into.position();
            while (!tryRead(offset, into, events)) {
                into.position(position);
            }
        } finally {
            life.readLock().unlock();
        }
    }

    private boolean tryRead(long offset, ByteBuffer into, EventReads events) throws IOException {
        int base = into.position();
        int limit = into.limit();
        long end = offset + into.remaining();
        long first = touched.nextUntouched(offset, end);
        if (first == end) {
            events.read(offset, into);
            return true;
        }
        // Two buffers: what is touched may change while either is read.
        ByteBuffer old = ByteBuffer.allocate(into.remaining());
        long[] untouched = new long[2 * (1 + (int) ((end - first) / TouchedRanges.SECTOR_BYTES))];
        int count = 0;
        for (long from = first; from < end; from = touched.nextUntouched(from, end)) {
            long to = touched.nextTouched(from, end);
            if (to == from) {
                continue; // touched just now
            }
            untouched[count++] = from;
            untouched[count++] = to;
            old.limit((int) (to - offset)).position((int) (from - offset));
            source.read(from, old);
            from = to;
        }
        events.read(offset, into);
        for (int i = 0; i < count; i += 2) {
            long from = untouched[i];
            long to = untouched[i + 1];
            if (touched.nextTouched(from, to) < to) {
                into.limit(limit);
                return false;
            }
            into.put(base + (int) (from - offset), old, (int) (from - offset), (int) (to - from));
        }
        into.limit(limit).position(limit);
        return true;
    }

    /** Whether all of the source is in the log, so that it is not needed any more. */
    public boolean isOver() {
        life.readLock().lock();
        try {
            return isOver;
        } finally {
            life.readLock().unlock();
        }
    }

    /** All of the source is in the log. */
    public void end() {
        life.writeLock().lock();
        try {
            isOver = true;
        } finally {
            life.writeLock().unlock();
        }
    }

    /**
     * When this returns, the source is not used any more. Reads fail, unless the import is over.
     */
    @Override
    public void close() {
        life.writeLock().lock();
        try {
            isClosed = true;
        } finally {
            life.writeLock().unlock();
        }
    }
}
