package dev.farshore.nbd.transmission;

import dev.farshore.nbd.NbdLimits;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/**
 * Limits a connection's requests in flight and gets it buffers from its export's budget. At a limit
 * the connection's reader waits, so the client's requests stay in its socket.
 *
 * <p>Threading: the connection's reader admits; any thread releases.
 */
final class Admission {
    private final int maxRequests;
    private final Semaphore requests;
    private final ExportBudget budget;
    private final Runnable beforeWaiting;

    /**
     * @param beforeWaiting sends the replies that are ready: the reader may be waiting for just
     *     what they hold
     */
    Admission(NbdLimits limits, ExportBudget budget, Runnable beforeWaiting) {
        this.maxRequests = limits.requestsPerConnection();
        this.requests = new Semaphore(maxRequests);
        this.budget = budget;
        this.beforeWaiting = beforeWaiting;
    }

    void admitRequest() {
        if (!requests.tryAcquire()) {
            beforeWaiting.run();
            requests.acquireUninterruptibly();
        }
    }

    /**
     * A buffer for a payload, to be given back with {@link #releaseBuffer}. Waits, if at all, for
     * the export's own requests.
     *
     * @return null if the payload has to be dealt with in pieces
     * @throws OutOfMemoryError if there is no memory even for a piece
     */
    @Nullable ByteBuffer admitBuffer(long payloadBytes) {
        ByteBuffer buffer = budget.tryTake(payloadBytes);
        return buffer == null && payloadBytes <= BufferPool.PIECE_BYTES
                ? admitPiece((int) payloadBytes)
                : buffer;
    }

    /** The same for up to {@link BufferPool#PIECE_BYTES}. */
    ByteBuffer admitPiece(int payloadBytes) {
        if (!budget.tryReservePiece()) {
            beforeWaiting.run();
            budget.reservePiece();
        }
        return budget.piece(payloadBytes);
    }

    void releaseBuffer(ByteBuffer buffer) {
        budget.release(buffer);
    }

    void releaseRequests(int count) {
        requests.release(count);
    }

    int requestsInFlight() {
        return maxRequests - requests.availablePermits();
    }

    /** Waits until nothing is in flight, and admits nothing after that. */
    void drain() {
        requests.acquireUninterruptibly(maxRequests);
    }
}
