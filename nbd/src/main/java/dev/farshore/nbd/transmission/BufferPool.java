package dev.farshore.nbd.transmission;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The payload buffers of a server: direct, and reused. Sizes are powers of two from 4 KiB, plus
 * room for a reply header in front, so that a reply to READ leaves in one piece. They are memory
 * that all exports share, of which never more than a fixed number of bytes is in use. Beside them
 * there are the pieces of the exports' reserves ({@link ExportBudget}), which their number bounds.
 *
 * <p>Ownership: a buffer is released once, by its taker or by whoever got it from the taker.
 *
 * <p>Threading: any thread.
 */
final class BufferPool {
    /** Free bytes in front of every payload. */
    static final int HEADER_ROOM_BYTES = 64;

    /** A multiple of a sector; small enough that a thousand exports can have a reserve each. */
    static final int PIECE_BYTES = 64 << 10;

    static final int UNIT_BYTES = 4096;
    private static final int UNIT_SHIFT = 12;
    private static final int CLASSES = 14;

    /** The longest payload that there is a buffer for. */
    static final int MAX_PAYLOAD_BYTES = UNIT_BYTES << CLASSES - 1;

    /** Of no size class, so that a piece is known by it. */
    private static final int PIECE_CAPACITY_BYTES =
            HEADER_ROOM_BYTES + PIECE_BYTES + HEADER_ROOM_BYTES;

    private static final int PIECES_KEPT = 64;

    private final int capacityUnits;
    private final AtomicInteger freeUnits;
    private final AtomicInteger piecesInUse = new AtomicInteger();
    private final FreeList[] freeLists = new FreeList[CLASSES];
    private final FreeList pieces = new FreeList(PIECE_CAPACITY_BYTES, PIECES_KEPT);

    /**
     * @param bytes limit of the shared memory in use at once; as much as a quarter of it again may
     *     be kept for reuse
     */
    BufferPool(long bytes) {
        this.capacityUnits = Math.toIntExact(bytes / UNIT_BYTES);
        this.freeUnits = new AtomicInteger(capacityUnits);
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

    /**
     * Reserves units, if at least as much as the caller then holds is left to others.
     *
     * @param heldUnits what the caller holds with these
     */
    boolean tryReserve(int units, int heldUnits) {
        if (freeUnits.addAndGet(-units) < heldUnits) {
            freeUnits.addAndGet(units);
            return false;
        }
        return true;
    }

    void unreserve(int units) {
        freeUnits.addAndGet(units);
    }

    /**
     * A buffer for a payload, limited to it; its units have been reserved.
     *
     * @throws OutOfMemoryError if the JVM's limit on direct memory is below this pool's
     */
    ByteBuffer take(int payloadBytes) {
        return limited(freeLists[sizeClass(payloadBytes)].take(), payloadBytes);
    }

    void release(ByteBuffer buffer) {
        freeLists[sizeClass(buffer.capacity() - HEADER_ROOM_BYTES)].release(buffer);
    }

    /** A buffer of a reserve, limited to a payload. */
    ByteBuffer takePiece(int payloadBytes) {
        ByteBuffer piece = limited(pieces.take(), payloadBytes);
        piecesInUse.incrementAndGet();
        return piece;
    }

    void releasePiece(ByteBuffer piece) {
        pieces.release(piece);
        piecesInUse.decrementAndGet();
    }

    static boolean isPiece(ByteBuffer buffer) {
        return buffer.capacity() == PIECE_CAPACITY_BYTES;
    }

    private static ByteBuffer limited(ByteBuffer buffer, int payloadBytes) {
        return buffer.limit(HEADER_ROOM_BYTES + payloadBytes).position(HEADER_ROOM_BYTES);
    }

    /** Bytes in use by requests now. */
    long usedBytes() {
        return (long) (capacityUnits - freeUnits.get()) * UNIT_BYTES
                + (long) piecesInUse.get() * PIECE_BYTES;
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
