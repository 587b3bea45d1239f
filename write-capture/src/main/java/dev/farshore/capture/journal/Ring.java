package dev.farshore.capture.journal;

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
 * <p>Threading: any thread; who may write where is {@link Journal}'s concern.
 */
final class Ring {
    private static final int WINDOW_SHIFT = 30;
    private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;
    private static final int REACH_BYTES = Integer.MAX_VALUE - 7;

    private final MappedFile file;
    private final long capacityBytes;
    private final ByteBuffer[] windows;

    Ring(MappedFile file, long capacityBytes) {
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

    long capacityBytes() {
        return capacityBytes;
    }

    /** Largest entry: half the ring, and within the reach of a window. */
    long maxEntryBytes() {
        return Math.min(capacityBytes / 2, WINDOW_BYTES) & ~7L;
    }

    /** Where the entry of {@code bytes} starts that follows what ends at {@code position}. */
    long place(long position, long bytes) {
        return bytesToEnd(position) >= bytes ? position : nextLap(position);
    }

    /** Bytes from a position to the ring's end. */
    long bytesToEnd(long position) {
        return capacityBytes - position % capacityBytes;
    }

    long nextLap(long position) {
        return position + bytesToEnd(position);
    }

    /** The buffer that holds what lies at {@code position}, at {@link #index}; never moved. */
    ByteBuffer window(long position) {
        return windows[windowNumber(position)];
    }

    int windowNumber(long position) {
        return (int) (position % capacityBytes >> WINDOW_SHIFT);
    }

    int windowCount() {
        return windows.length;
    }

    int index(long position) {
        return (int) (position % capacityBytes & (WINDOW_BYTES - 1));
    }

    int getInt(long position, int field) {
        return window(position).getInt(index(position) + field);
    }

    long getLong(long position, int field) {
        return window(position).getLong(index(position) + field);
    }

    /** Makes everything between two positions stable. */
    void force(long fromPosition, long toPosition) throws JournalException {
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
