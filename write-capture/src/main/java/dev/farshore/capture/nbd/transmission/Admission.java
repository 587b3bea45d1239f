package dev.farshore.capture.nbd.transmission;

import dev.farshore.capture.nbd.NbdLimits;

import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/**
 * One connection's share of requests and bytes in flight. Who gets none waits, and as it is the
 * connection's reader who waits, the client's requests stay in its socket.
 *
 * <p>Threading: the connection's reader admits; any thread releases.
 */
final class Admission {
    private final int maxRequests;
    private final Semaphore requests;
    private final Semaphore units;
    private final BufferPool pool;
    private final Runnable beforeWaiting;

    /**
     * @param beforeWaiting sends the replies at hand: what they hold may be just what is waited for
     */
    Admission(NbdLimits limits, BufferPool pool, Runnable beforeWaiting) {
        this.maxRequests = limits.requestsPerConnection();
        this.requests = new Semaphore(maxRequests);
        this.units = new Semaphore((int) (limits.bytesPerConnection() / BufferPool.UNIT_BYTES));
        this.pool = pool;
        this.beforeWaiting = beforeWaiting;
    }

    void admitRequest() {
        if (!requests.tryAcquire()) {
            beforeWaiting.run();
            requests.acquireUninterruptibly();
        }
    }

    /** A payload buffer; to be given back with {@link #releaseBuffer}. */
    ByteBuffer admitBuffer(int payloadBytes) {
        int needed = BufferPool.units(payloadBytes);
        if (!units.tryAcquire(needed)) {
            beforeWaiting.run();
            units.acquireUninterruptibly(needed);
        }
        if (!pool.tryReserve(needed)) {
            beforeWaiting.run();
            pool.reserve(needed);
        }
        try {
            return pool.take(payloadBytes);
        } catch (OutOfMemoryError e) {
            pool.unreserve(needed);
            units.release(needed);
            throw e;
        }
    }

    void releaseBuffer(ByteBuffer buffer) {
        int held = BufferPool.units(buffer.capacity() - BufferPool.HEADER_ROOM_BYTES);
        pool.release(buffer);
        pool.unreserve(held);
        units.release(held);
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
