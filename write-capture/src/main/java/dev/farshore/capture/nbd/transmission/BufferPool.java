package dev.farshore.capture.nbd.transmission;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The payload buffers of a server: direct, reused, and never more than a fixed number of bytes of
 * them in use. Sizes are powers of two from 4 KiB, plus room for a reply header in front, so that a
 * reply to READ leaves in one piece.
 *
 * <p>Ownership: {@link #take} gives a buffer to the request it is for; whoever finishes the request
 * gives it back, once.
 *
 * <p>Threading: any thread.
 */
public final class BufferPool {
    /** Free bytes in front of every payload. */
    public static final int HEADER_ROOM_BYTES = 64;

    static final int UNIT_BYTES = 4096;
    private static final int UNIT_SHIFT = 12;
    private static final int CLASSES = 14;

    private final int capacityUnits;
    private final Semaphore freeUnits;
    private final FreeList[] freeLists = new FreeList[CLASSES];

    /**
     * @param bytes limit of what is in use at once; as much as a quarter of it again may be kept
     *     for reuse
     */
    public BufferPool(long bytes) {
        this.capacityUnits = Math.toIntExact(bytes / UNIT_BYTES);
        // Fair: a large request must not be overtaken by small ones for ever.
        this.freeUnits = new Semaphore(capacityUnits, true);
        long keptPerClassBytes = bytes / 4 / CLASSES;
        for (int i = 0; i < CLASSES; i++) {
            int classBytes = UNIT_BYTES << i;
            int kept = (int) Math.max(1, keptPerClassBytes / classBytes);
            freeLists[i] = new FreeList(HEADER_ROOM_BYTES + classBytes, kept);
        }
    }

    /** What a payload of that size takes from the limits, in units of 4 KiB. */
    static int units(int payloadBytes) {
        return 1 << sizeClass(payloadBytes);
    }

    private static int sizeClass(int payloadBytes) {
        int units = Math.max(1, (payloadBytes + UNIT_BYTES - 1) >>> UNIT_SHIFT);
        return 32 - Integer.numberOfLeadingZeros(units - 1);
    }

    boolean tryReserve(int units) {
        try {
            // Unlike tryAcquire(n), the timed form does not overtake those who wait.
            return freeUnits.tryAcquire(units, 0, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void reserve(int units) {
        freeUnits.acquireUninterruptibly(units);
    }

    void unreserve(int units) {
        freeUnits.release(units);
    }

    /**
     * A buffer for a payload, limited to it; its units have been reserved.
     *
     * @throws OutOfMemoryError if the JVM's limit on direct memory is below this pool's
     */
    ByteBuffer take(int payloadBytes) {
        ByteBuffer buffer = freeLists[sizeClass(payloadBytes)].take();
        return buffer.limit(HEADER_ROOM_BYTES + payloadBytes).position(HEADER_ROOM_BYTES);
    }

    void release(ByteBuffer buffer) {
        freeLists[sizeClass(buffer.capacity() - HEADER_ROOM_BYTES)].release(buffer);
    }

    /** Bytes in use by requests now. */
    public long usedBytes() {
        return (long) (capacityUnits - freeUnits.availablePermits()) * UNIT_BYTES;
    }

    /** Free buffers of one size, the one used last (still in the cache) first. */
    private static final class FreeList {
        private final int bufferBytes;
        private final int kept;
        private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();

        FreeList(int bufferBytes, int kept) {
            this.bufferBytes = bufferBytes;
            this.kept = kept;
        }

        ByteBuffer take() {
            synchronized (free) {
                ByteBuffer buffer = free.pollLast();
                if (buffer != null) {
                    return buffer;
                }
            }
            return ByteBuffer.allocateDirect(bufferBytes);
        }

        void release(ByteBuffer buffer) {
            buffer.clear();
            synchronized (free) {
                if (free.size() < kept) {
                    free.addLast(buffer);
                }
            }
        }
    }
}
