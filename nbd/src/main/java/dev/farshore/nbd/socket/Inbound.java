package dev.farshore.nbd.socket;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * What a client sends, read ahead: one system call takes in as many requests as have arrived.
 *
 * <p>Small payloads are copied out of the read-ahead buffer (it is in the cache, and the copy buys
 * the larger reads). The rest of a large payload goes from the socket straight to where it belongs,
 * with only little read-ahead behind it.
 *
 * <p>Threading: the connection's reader only. The replies made so far are sent before it waits for
 * more ({@link #setBeforeWaiting}).
 */
public final class Inbound {
    /** A payload with at least this much missing is read in place. */
    private static final int LARGE_BYTES = 16 << 10;

    /** Read-ahead behind a large payload: enough for the next header, too little to copy much. */
    private static final int TAIL_BYTES = 4 << 10;

    /** What may be skipped by one deadline. */
    private static final long DEADLINE_BYTES = 32 << 20;

    private final ClientSocket socket;
    private final ByteBuffer ahead;
    private final ByteBuffer[] scatter = new ByteBuffer[2];
    private Runnable beforeWaiting = () -> {};

    /**
     * @param ahead a direct buffer this object owns until its connection ends
     */
    public Inbound(ClientSocket socket, ByteBuffer ahead) {
        this.socket = socket;
        this.ahead = ahead.clear().limit(0);
    }

    /** Has {@code action} run before every wait for the client. */
    public void setBeforeWaiting(Runnable action) {
        beforeWaiting = action;
    }

    /** Bytes that have been read and not yet taken. */
    public int bufferedBytes() {
        return ahead.remaining();
    }

    /**
     * Waits for the start of a message, without a deadline, and then for its first {@code bytes},
     * which the returned buffer begins with. Take them from it by relative gets.
     *
     * @return null if the client has closed its side between messages
     */
    public @Nullable ByteBuffer nextMessage(int bytes, Duration stallTime) throws IOException {
        if (!ahead.hasRemaining()) {
            beforeWaiting.run();
            if (fill() < 0) {
                return null;
            }
        }
        return ahead.remaining() >= bytes ? ahead : require(bytes, stallTime);
    }

    /** Waits until {@code bytes} are there, at most the capacity of the buffer. */
    public ByteBuffer require(int bytes, Duration stallTime) throws IOException {
        if (ahead.remaining() < bytes) {
            socket.setReadDeadline(stallTime);
            // The rest is on its way: the first read does not count as waiting.
            for (boolean waited = false; ahead.remaining() < bytes; waited = true) {
                if (waited) {
                    beforeWaiting.run();
                }
                if (fill() < 0) {
                    throw new EOFException("the client left in the middle of a message");
                }
            }
            socket.clearReadDeadline();
        }
        return ahead;
    }

    private int fill() throws IOException {
        ahead.compact();
        try {
            return socket.read(ahead);
        } finally {
            ahead.flip();
        }
    }

    /** Fills {@code into} to its limit. */
    public void readFully(ByteBuffer into, Duration stallTime) throws IOException {
        takeBuffered(into);
        if (!into.hasRemaining()) {
            return;
        }
        socket.setReadDeadline(stallTime);
        for (boolean waited = false; into.hasRemaining(); waited = true) {
            boolean large = into.remaining() >= LARGE_BYTES;
            if (waited || large) {
                beforeWaiting.run();
            }
            ahead.clear();
            if (large) {
                ahead.limit(TAIL_BYTES);
            }
            scatter[0] = into;
            scatter[1] = ahead;
            long count;
            try {
                count = socket.read(scatter);
            } finally {
                ahead.flip();
                scatter[0] = ahead;
            }
            if (count < 0) {
                throw new EOFException("the client left in the middle of a payload");
            }
        }
        socket.clearReadDeadline();
    }

    private void takeBuffered(ByteBuffer into) {
        int count = Math.min(ahead.remaining(), into.remaining());
        into.put(into.position(), ahead, ahead.position(), count);
        into.position(into.position() + count);
        ahead.position(ahead.position() + count);
    }

    /** Reads and forgets {@code bytes}. */
    public void skip(long bytes, Duration stallTime) throws IOException {
        long left = bytes;
        socket.setReadDeadline(stallTime);
        for (long done = 0; left > 0; ) {
            if (!ahead.hasRemaining()) {
                beforeWaiting.run();
                if (bytes - left - done >= DEADLINE_BYTES) {
                    done = bytes - left;
                    socket.setReadDeadline(stallTime);
                }
                if (fill() < 0) {
                    throw new EOFException("the client left in the middle of a payload");
                }
            }
            int count = (int) Math.min(left, ahead.remaining());
            ahead.position(ahead.position() + count);
            left -= count;
        }
        socket.clearReadDeadline();
    }
}
