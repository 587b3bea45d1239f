package dev.farshore.nbd.server;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** The clients connected now. Threading: any thread. */
final class Connections {
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(200);

    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final int limit;
    private volatile boolean closed;

    Connections(int limit) {
        this.limit = limit;
    }

    /**
     * @return false if there are too many, or the server is closing
     */
    synchronized boolean add(Connection connection) {
        return !closed && open.size() < limit && open.add(connection);
    }

    void remove(Connection connection) {
        open.remove(connection);
    }

    int count() {
        return open.size();
    }

    /** Disconnects clients that are overdue, until closed. Runs on a thread of its own. */
    void watch() {
        while (!closed) {
            LockSupport.parkNanos(this, WATCH_INTERVAL.toNanos());
            long nowNanos = System.nanoTime();
            for (Connection connection : open) {
                if (connection.isOverdue(nowNanos)) {
                    connection.disconnect("the client took too long");
                }
            }
        }
    }

    /** Takes no more requests, lets those in flight finish for a while, then closes all. */
    void close(Duration drainTime) {
        synchronized (this) {
            closed = true;
        }
        open.forEach(Connection::shutDown);
        long deadlineNanos = System.nanoTime() + drainTime.toNanos();
        while (open.stream().anyMatch(connection -> !connection.isIdle())
                && System.nanoTime() - deadlineNanos < 0) {
            LockSupport.parkNanos(this, 1_000_000);
        }
        open.forEach(connection -> connection.disconnect("the server is closing"));
        while (!open.isEmpty() && System.nanoTime() - deadlineNanos < 0) {
            LockSupport.parkNanos(this, 1_000_000);
        }
    }
}
