package dev.farshore.nbd.transmission;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The payload memory of one export, over all its connections.
 *
 * <p><b>No export waits for another.</b> Memory that all exports share is only ever tried for, and
 * an export never takes more of it than it leaves to the others. An export that gets none works in
 * pieces of {@link BufferPool#PIECE_BYTES} from its own reserve: it waits only for its own
 * requests. So a volume whose writes are held slows no other, and memory is bounded by the shared
 * part and one reserve for each export in use.
 *
 * <p>Threading: any thread.
 */
public final class ExportBudget {
    private static final int RESERVED_PIECES = 8;

    private final BufferPool pool;
    private final int maxSharedUnits;
    private final AtomicInteger sharedUnits = new AtomicInteger();
    private final Semaphore pieces = new Semaphore(RESERVED_PIECES);

    /**
     * @param maxBytes its limit in the shared memory
     */
    ExportBudget(BufferPool pool, long maxBytes) {
        this.pool = pool;
        this.maxSharedUnits = Math.toIntExact(maxBytes / BufferPool.UNIT_BYTES);
    }

    /**
     * A buffer for a payload from the shared memory; null if there is none for this export now, or
     * the payload is longer than any buffer.
     */
    @Nullable ByteBuffer tryTake(long payloadBytes) {
        if (payloadBytes > BufferPool.MAX_PAYLOAD_BYTES) {
            return null;
        }
        int units = BufferPool.units((int) payloadBytes);
        int held = sharedUnits.addAndGet(units);
        if (held > maxSharedUnits || !pool.tryReserve(units, held)) {
            sharedUnits.addAndGet(-units);
            return null;
        }
        try {
            return pool.take((int) payloadBytes);
        } catch (OutOfMemoryError e) {
            pool.unreserve(units);
            sharedUnits.addAndGet(-units);
            return null;
        }
    }

    /** Takes one of the reserve's pieces if there is one; then {@link #piece} gives its buffer. */
    boolean tryReservePiece() {
        return pieces.tryAcquire();
    }

    /** Waits for one. */
    void reservePiece() {
        pieces.acquireUninterruptibly();
    }

    /**
     * @throws OutOfMemoryError if the JVM's limit on direct memory is reached; then it is not
     *     reserved any more
     */
    ByteBuffer piece(int payloadBytes) {
        try {
            return pool.takePiece(payloadBytes);
        } catch (OutOfMemoryError e) {
            pieces.release();
            throw e;
        }
    }

    void release(ByteBuffer buffer) {
        if (BufferPool.isPiece(buffer)) {
            pool.releasePiece(buffer);
            pieces.release();
        } else {
            int units = BufferPool.units(buffer.capacity() - BufferPool.HEADER_ROOM_BYTES);
            pool.release(buffer);
            pool.unreserve(units);
            sharedUnits.addAndGet(-units);
        }
    }
}
