package dev.farshore.process.start;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets a command end in its own order when the process is told to stop (Ctrl-C, SIGTERM, a closed
 * terminal): the command's thread is interrupted, and the process waits until it is done.
 *
 * <p>So a command closes everything in {@code try} and {@code finally} of one thread and needs no
 * shutdown hook.
 */
public final class Lifetime {
    private static final AtomicReference<@Nullable Duration> SHORTER = new AtomicReference<>();

    private final CountDownLatch ended = new CountDownLatch(1);

    private Lifetime() {}

    /**
     * Ties the process to the calling thread.
     *
     * @param patience how long the thread may take to end after it was interrupted
     */
    public static Lifetime ofThisThread(Duration patience) {
        Lifetime lifetime = new Lifetime();
        Thread command = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("end-in-order")
                                .unstarted(() -> lifetime.end(command, patience)));
        return lifetime;
    }

    /**
     * From now on the process ends within {@code patience} of being told to stop, in order or not.
     */
    public static void endWithin(Duration patience) {
        SHORTER.set(patience);
    }

    private void end(Thread command, Duration longest) {
        if (ended.getCount() == 0) {
            return;
        }
        Duration shorter = SHORTER.get();
        Duration patience = shorter == null ? longest : shorter;
        command.interrupt();
        try {
            if (!ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println(
                        "farshore: not done after %d s, ending without order"
                                .formatted(patience.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command is done; the process may end. Must be called before {@code System.exit}. */
    public void ended() {
        ended.countDown();
    }

    /** Waits until the process is told to stop. */
    public static void awaitInterrupt() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            // That is what it waited for.
        }
    }
}
