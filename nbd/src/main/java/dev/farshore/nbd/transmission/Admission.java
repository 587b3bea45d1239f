package dev.farshore.nbd.transmission;

import dev.farshore.nbd.NbdLimits;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/**
 * One connection's share of requests in flight, and its way to its export's memory. Who gets none
 * waits, and as it is the connection's reader who waits, the client's requests stay in its socket.
 *
 * <p>Threading: the connection's reader admits; any thread releases.
 */
final class Admission {
    private final int maxRequests;
    private final Semaphore requests;
    private final ExportBudget budget;
    private final Runnable beforeWaiting;

    /**
     * @param beforeWaiting sends the replies at hand: what they hold may be just what is waited for
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
