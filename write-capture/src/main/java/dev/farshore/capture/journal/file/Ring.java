package dev.farshore.capture.journal.file;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The ring's bytes by position.
 *
 * <p>A {@code ByteBuffer} reaches 2 GiB at most. So the ring is seen through windows that start
 * every GiB and reach twice as far: an entry, smaller than 1 GiB, always lies whole in the window
 * it starts in.
 *
 * <p>Threading: any thread; who may write where is the journal's concern.
 */
public final class Ring {
    private static final int WINDOW_SHIFT = 30;
    private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;
    private static final int REACH_BYTES = Integer.MAX_VALUE - 7;

    private final MappedFile file;
    private final long capacityBytes;
    private final ByteBuffer[] windows;

    public Ring(MappedFile file, long capacityBytes) {
        this.file = file;
        this.capacityBytes = capacityBytes;
        this.windows = windows(file.memory().asSlice(Layout.RING_OFFSET, capacityBytes));
    }

    private static ByteBuffer[] windows(MemorySegment ring) {
        int count = Math.toIntExact((ring.byteSize() + WINDOW_BYTES - 1) >> WINDOW_SHIFT);
        ByteBuffer[] windows = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            long from = (long) i << WINDOW_SHIFT;
            long bytes = Math.min(REACH_BYTES, ring.byteSize() - from);
            windows[i] = ring.asSlice(from, bytes).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        return windows;
    }

    public long capacityBytes() {
        return capacityBytes;
    }

    /** Largest entry: half the ring, and within the reach of a window. */
    public long maxEntryBytes() {
        return Math.min(capacityBytes / 2, WINDOW_BYTES) & ~7L;
    }

    /** Where the entry of {@code bytes} starts that follows what ends at {@code position}. */
    public long place(long position, long bytes) {
        return bytesToEnd(position) >= bytes ? position : nextLap(position);
    }

    /** Bytes from a position to the ring's end. */
    public long bytesToEnd(long position) {
        return capacityBytes - position % capacityBytes;
    }

    public long nextLap(long position) {
        return position + bytesToEnd(position);
    }

    /** The buffer that holds what lies at {@code position}, at {@link #index}; never moved. */
    public ByteBuffer window(long position) {
        return windows[windowNumber(position)];
    }

    public int windowNumber(long position) {
        return (int) (position % capacityBytes >> WINDOW_SHIFT);
    }

    public int windowCount() {
        return windows.length;
    }

    public int index(long position) {
        return (int) (position % capacityBytes & (WINDOW_BYTES - 1));
    }

    public int getInt(long position, int field) {
        return window(position).getInt(index(position) + field);
    }

    public long getLong(long position, int field) {
        return window(position).getLong(index(position) + field);
    }

    /** Makes everything between two positions stable. */
    public void force(long fromPosition, long toPosition) throws JournalException {
        if (toPosition - fromPosition >= capacityBytes) {
            file.force(Layout.RING_OFFSET, capacityBytes);
            return;
        }
        long from = fromPosition % capacityBytes;
        long bytes = toPosition - fromPosition;
        long beforeEnd = Math.min(bytes, capacityBytes - from);
        if (beforeEnd > 0) {
            file.force(Layout.RING_OFFSET + from, beforeEnd);
        }
        if (bytes > beforeEnd) {
            file.force(Layout.RING_OFFSET, bytes - beforeEnd);
        }
    }
}
