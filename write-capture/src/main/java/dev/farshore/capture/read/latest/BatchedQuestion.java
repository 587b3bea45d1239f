package dev.farshore.capture.read.latest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One slow question that many ask: at most one is under way, and the next is for all who have come
 * meanwhile. So everybody's answer is to a question put after he came, and never waits for more
 * than two.
 *
 * <p>Threading: any thread asks; a thread of its own answers.
 */
public final class BatchedQuestion implements AutoCloseable {
    /** Puts the question. */
    public interface Question {
        long ask() throws Exception;
    }

    private static final Duration RETRY = Duration.ofMillis(50);

    private final String what;
    private final Question question;
    private final Thread thread;
    private final Object lock = new Object();

    /** Guarded by the lock: who waits for the next answer, and whether there is anybody. */
    private CompletableFuture<Long> next = new CompletableFuture<>();

    private boolean isWanted;
    private boolean isClosed;

    private volatile long takenNanos;

    /**
     * @param what is asked for, for error texts
     */
    public BatchedQuestion(String what, Question question) {
        this.what = what;
        this.question = question;
        this.thread = Thread.ofPlatform().daemon().name("farshore-ask").start(this::run);
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
            while (true) {
                try {
                    long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
                    return join().get(leftNanos, TimeUnit.NANOSECONDS);
                } catch (ExecutionException e) {
                    error = e.getCause();
                    pauseUnlessClosed(error);
                }
            }
        } catch (TimeoutException e) {
            throw new IOException(
                    "%s is not known after %d ms: %s"
                            .formatted(
                                    what,
                                    patience.toMillis(),
                                    error == null ? "no answer from Kafka" : error),
                    error == null ? e : error);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for " + what, e);
        }
    }

    /** The answer to the next question, which has not been put yet. Only the first error counts. */
    public CompletableFuture<Long> join() {
        synchronized (lock) {
            if (isClosed) {
                return CompletableFuture.failedFuture(new IllegalStateException("closed"));
            }
            if (!isWanted) {
                isWanted = true;
                lock.notifyAll();
            }
            return next;
        }
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

    /** How long answers take, as a moving average; 0 before the first. */
    public Duration taken() {
        return Duration.ofNanos(takenNanos);
    }

    private void run() {
        CompletableFuture<Long> asked = awaitWanted();
        while (asked != null) {
            long startNanos = System.nanoTime();
            try {
                long answer = question.ask();
                long nanos = System.nanoTime() - startNanos;
                takenNanos = takenNanos == 0 ? nanos : (takenNanos * 7 + nanos) / 8;
                asked.complete(answer);
            } catch (Exception e) {
                asked.completeExceptionally(e);
            }
            asked = awaitWanted();
        }
    }

    private @Nullable CompletableFuture<Long> awaitWanted() {
        synchronized (lock) {
            while (!isWanted && !isClosed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // Nobody interrupts this thread; close() says so by the flag.
                }
            }
            if (isClosed) {
                next.completeExceptionally(new IllegalStateException("closed"));
                return null;
            }
            CompletableFuture<Long> asked = next;
            next = new CompletableFuture<>();
            isWanted = false;
            return asked;
        }
    }

    /** Fails those who wait, and waits for the question under way. */
    @Override
    public void close() {
        synchronized (lock) {
            isClosed = true;
            next.completeExceptionally(new IllegalStateException("closed"));
            lock.notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
