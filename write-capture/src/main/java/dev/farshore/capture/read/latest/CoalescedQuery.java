package dev.farshore.capture.read.latest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A slow query that many callers share: while one is under way, the next is for all callers that
 * have come meanwhile. So each caller's answer is to a query sent after it came, and it never waits
 * for more than two. Over a long link it does not wait for the first to be answered: there several
 * are under way, each sent a fraction of a round trip after the last.
 *
 * <p>Threading: any thread asks; the thread that answers a query sends the next.
 */
public final class CoalescedQuery implements AutoCloseable {
    /** Sends the query. Does not block. */
    public interface Query {
        CompletableFuture<Long> send();
    }

    private static final Duration RETRY = Duration.ofMillis(50);

    /** Below this a second query in flight would cost more processor time than it saves. */
    private static final long LONG_ROUND_TRIP_NANOS = Duration.ofMillis(5).toNanos();

    /** Maximum number of queries under way, over a long link. */
    private static final int MAX_UNDER_WAY = 8;

    private final String what;
    private final Query query;
    private final Object lock = new Object();

    /** Guarded by the lock: the next answer, and whether anybody waits for it. */
    private CompletableFuture<Long> next = new CompletableFuture<>();

    private boolean isWanted;
    private int underWay;
    private long sentNanos;
    private boolean isDueLater;
    private boolean isClosed;

    private volatile long takenNanos;

    /**
     * @param what what is queried, for error texts
     */
    public CoalescedQuery(String what, Query query) {
        this.what = what;
        this.query = query;
    }

    /**
     * Asks, and asks again if the answer is an error.
     *
     * @throws IOException if there was no answer in time; its cause is the last error
     */
    public long ask(Duration patience) throws IOException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        Throwable error = null;
        try {
            do {
                long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
                try {
                    return join().get(leftNanos, TimeUnit.NANOSECONDS);
                } catch (ExecutionException e) {
                    error = e.getCause();
                    pauseUnlessClosed(error);
                }
            } while (System.nanoTime() < deadlineNanos);
        } catch (TimeoutException e) {
            error = error == null ? e : error;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for " + what, e);
        }
        throw new IOException(
                "%s is not known after %d ms: %s"
                        .formatted(
                                what,
                                patience.toMillis(),
                                error instanceof TimeoutException ? "no answer from Kafka" : error),
                error);
    }

    private void pauseUnlessClosed(@Nullable Throwable error)
            throws IOException, InterruptedException {
        synchronized (lock) {
            if (isClosed) {
                throw new IOException("asking for " + what + ": " + error, error);
            }
        }
        Thread.sleep(RETRY);
    }

    /** The answer to a query that has not been sent yet. Fails if that query does. */
    public CompletableFuture<Long> join() {
        CompletableFuture<Long> joined;
        synchronized (lock) {
            if (isClosed) {
                return CompletableFuture.failedFuture(new IllegalStateException("closed"));
            }
            isWanted = true;
            joined = next;
        }
        sendIfDue();
        return joined;
    }

    /** How long answers take, as a moving average; 0 before the first. */
    public Duration taken() {
        return Duration.ofNanos(takenNanos);
    }

    private void sendIfDue() {
        CompletableFuture<Long> asked;
        synchronized (lock) {
            if (!isWanted || isClosed || !isDue()) {
                return;
            }
            // From here on callers join the next.
            asked = next;
            next = new CompletableFuture<>();
            isWanted = false;
            underWay++;
            sentNanos = System.nanoTime();
        }
        send(asked);
    }

    /** The lock is held. If the query is not due, it is looked at again later. */
    private boolean isDue() {
        if (underWay == 0) {
            return true;
        }
        long roundTripNanos = takenNanos;
        if (roundTripNanos < LONG_ROUND_TRIP_NANOS || underWay == MAX_UNDER_WAY) {
            return false; // an answer is on its way
        }
        long leftNanos = sentNanos + roundTripNanos / MAX_UNDER_WAY - System.nanoTime();
        if (leftNanos > 0 && !isDueLater) {
            isDueLater = true;
            CompletableFuture.delayedExecutor(leftNanos, TimeUnit.NANOSECONDS)
                    .execute(this::isLater);
        }
        return leftNanos <= 0;
    }

    private void isLater() {
        synchronized (lock) {
            isDueLater = false;
        }
        sendIfDue();
    }

    private void send(CompletableFuture<Long> asked) {
        long startNanos = System.nanoTime();
        CompletableFuture<Long> answer;
        try {
            answer = query.send();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Long> _ =
                answer.whenComplete(
                        (value, error) -> {
                            answered(error == null ? System.nanoTime() - startNanos : 0);
                            if (error == null) {
                                asked.complete(value);
                            } else {
                                asked.completeExceptionally(error);
                            }
                        });
    }

    /**
     * @param nanos how long it took; 0 if it failed
     */
    private void answered(long nanos) {
        synchronized (lock) {
            underWay--;
            if (nanos > 0) {
                takenNanos = takenNanos == 0 ? nanos : (takenNanos * 7 + nanos) / 8;
            }
        }
        // Send the next before completing this one: its callers may take longer than a round trip.
        sendIfDue();
    }

    /** Fails the callers whose query has not been sent. */
    @Override
    public void close() {
        CompletableFuture<Long> waiting;
        synchronized (lock) {
            isClosed = true;
            waiting = next;
        }
        waiting.completeExceptionally(new IllegalStateException("closed"));
    }
}
