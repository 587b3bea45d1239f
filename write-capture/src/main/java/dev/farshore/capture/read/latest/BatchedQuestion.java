package dev.farshore.capture.read.latest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One slow question that many ask: while one is under way, the next is for all who have come
 * meanwhile. So everybody's answer is to a question put after he came, and never waits for more
 * than two. Over a long link he does not wait for the first to be answered: there several are under
 * way, each put a part of a round trip after the last.
 *
 * <p>Threading: any thread asks; who answers a question puts the next.
 */
public final class BatchedQuestion implements AutoCloseable {
    /** Puts the question. Does not block. */
    public interface Question {
        CompletableFuture<Long> put();
    }

    private static final Duration RETRY = Duration.ofMillis(50);

    /** A shorter one is rather waited for: further questions would take the processor's time. */
    private static final long LONG_ROUND_TRIP_NANOS = Duration.ofMillis(5).toNanos();

    /** At a time, over a long link. */
    private static final int QUESTIONS = 8;

    private final String what;
    private final Question question;
    private final Object lock = new Object();

    /** Guarded by the lock: who waits for the next answer, and whether there is anybody. */
    private CompletableFuture<Long> next = new CompletableFuture<>();

    private boolean isWanted;
    private int underWay;
    private long putNanos;
    private boolean isDueLater;
    private boolean isClosed;

    private volatile long takenNanos;

    /**
     * @param what is asked for, for error texts
     */
    public BatchedQuestion(String what, Question question) {
        this.what = what;
        this.question = question;
    }

    /**
     * Asks, and asks again where the answer is an error.
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

    /** The answer to a question that has not been put yet. Only the first error counts. */
    public CompletableFuture<Long> join() {
        CompletableFuture<Long> joined;
        synchronized (lock) {
            if (isClosed) {
                return CompletableFuture.failedFuture(new IllegalStateException("closed"));
            }
            isWanted = true;
            joined = next;
        }
        putIfDue();
        return joined;
    }

    /** How long answers take, as a moving average; 0 before the first. */
    public Duration taken() {
        return Duration.ofNanos(takenNanos);
    }

    private void putIfDue() {
        CompletableFuture<Long> asked;
        synchronized (lock) {
            if (!isWanted || isClosed || !isDue()) {
                return;
            }
            // From here on whoever comes joins the next.
            asked = next;
            next = new CompletableFuture<>();
            isWanted = false;
            underWay++;
            putNanos = System.nanoTime();
        }
        put(asked);
    }

    /** Under the lock. Where it is not due, it will be looked at again. */
    private boolean isDue() {
        if (underWay == 0) {
            return true;
        }
        long roundTripNanos = takenNanos;
        if (roundTripNanos < LONG_ROUND_TRIP_NANOS || underWay == QUESTIONS) {
            return false; // an answer is on its way
        }
        long leftNanos = putNanos + roundTripNanos / QUESTIONS - System.nanoTime();
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
        putIfDue();
    }

    private void put(CompletableFuture<Long> asked) {
        long startNanos = System.nanoTime();
        CompletableFuture<Long> answer;
        try {
            answer = question.put();
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
     * @param nanos that it took; 0 if it failed
     */
    private void answered(long nanos) {
        synchronized (lock) {
            underWay--;
            if (nanos > 0) {
                takenNanos = takenNanos == 0 ? nanos : (takenNanos * 7 + nanos) / 8;
            }
        }
        // The next before those who wait for this one: it takes a round trip, they may take longer.
        putIfDue();
    }

    /** Fails those whose question has not been put. */
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
