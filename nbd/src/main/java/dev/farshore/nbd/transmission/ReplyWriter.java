package dev.farshore.nbd.transmission;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.LockSupport;

/**
 * Decides who sends a reply, so that no thread of the device's waits for a client.
 *
 * <ul>
 *   <li>What is done on the connection's reader, the reader sends: when it has nothing more to take
 *       in, or has gathered enough.
 *   <li>What is done on a thread that may block, that thread sends, by {@link #flush}.
 *   <li>The rest, and what takes long, the connection's writer sends.
 * </ul>
 */
final class ReplyWriter {
    /** Replies the reader gathers at most: the client should have work while we have. */
    private static final int FLUSH_AT_REPLIES = 16;

    private final Replies replies;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;
    private volatile boolean ended;

    ReplyWriter(Replies replies) {
        this.replies = replies;
    }

    /** The calling thread takes in the requests, until {@link #readerLeaves}. */
    void readerComes() {
        reader = Thread.currentThread();
    }

    /** What is done from here on is sent by the writer. */
    void readerLeaves() {
        reader = null;
        flush();
    }

    /** The writer's loop, until {@link #end}. */
    void run() {
        writer = Thread.currentThread();
        while (!ended) {
            replies.flush(true);
            LockSupport.park(this);
        }
    }

    void end() {
        ended = true;
        LockSupport.unpark(writer);
    }

    /** Sends what is ready, and leaves to the writer what would take long. */
    void flush() {
        if (!replies.flush(false)) {
            LockSupport.unpark(writer);
        }
    }

    /**
     * A request is done. Blocks on the reader only.
     *
     * @param callerFlushes whether the caller calls {@link #flush} next
     */
    void add(Request request, boolean callerFlushes) {
        int ready = replies.add(request);
        if (Thread.currentThread() == reader) {
            if (ready >= FLUSH_AT_REPLIES) {
                flush();
            }
        } else if (!callerFlushes) {
            LockSupport.unpark(writer);
        }
    }
}
