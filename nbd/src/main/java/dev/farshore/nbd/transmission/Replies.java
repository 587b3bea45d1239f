package dev.farshore.nbd.transmission;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.socket.ClientSocket;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends replies in the order in which requests are done, as many as there are with one system call.
 *
 * <p>Threading: any thread adds. The first to call {@link #flush} writes until nothing is left;
 * others return at once.
 */
final class Replies {
    private static final int STATUS_BUFFER_BYTES = 16 << 10;
    private static final int MAX_DATA_BUFFERS = 32;

    private final ClientSocket socket;
    private final ReplyEncoder encoder;
    private final StreamedRead streamed;
    private final Admission admission;
    private final Duration stallTime;
    private final Observation observation;

    /** Guards the list of requests done, and {@link #writing}. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Request first;
    private @Nullable Request last;
    private int ready;
    private boolean writing;

    // Of the thread that writes. The status buffer is sent in pieces, between the data buffers.
    private final ByteBuffer statuses = ByteBuffer.allocateDirect(STATUS_BUFFER_BYTES);
    private final ByteBuffer[] pieces = new ByteBuffer[MAX_DATA_BUFFERS + 1];
    private final ByteBuffer[] gather = new ByteBuffer[2 * MAX_DATA_BUFFERS + 1];
    private boolean broken;

    Replies(
            BlockDevice device,
            ClientSocket socket,
            ReplyEncoder encoder,
            Admission admission,
            NbdLimits limits,
            Observation observation) {
        this.streamed = new StreamedRead(device, socket, encoder, limits.stallTime());
        this.socket = socket;
        this.encoder = encoder;
        this.admission = admission;
        this.stallTime = limits.stallTime();
        this.observation = observation;
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = statuses.duplicate();
        }
    }

    /**
     * @return how many wait to be sent, this one included
     */
    int add(Request request) {
        lock.lock();
        try {
            if (last == null) {
                first = request;
            } else {
                last.next = request;
            }
            last = request;
            return ++ready;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends what is ready, unless another thread is sending and will send this too. If the client
     * has left, its socket is closed and the replies are dropped.
     *
     * @param mayStream whether this thread may stay for as long as a streamed read takes
     * @return false if a streamed read, and what is behind it, is left for a thread that may
     */
    boolean flush(boolean mayStream) {
        Request batch = take(true);
        while (batch != null) {
            while (batch != null) {
                if (batch.isStreamed && !mayStream) {
                    putBack(batch);
                    return false;
                }
                batch = write(batch);
            }
            batch = take(false);
        }
        return true;
    }

    /** Puts back what was taken and not sent. */
    private void putBack(Request batch) {
        Request end = batch;
        int count = 1;
        for (Request next = end.next; next != null; next = next.next) {
            end = next;
            count++;
        }
        lock.lock();
        try {
            end.next = first;
            first = batch;
            if (last == null) {
                last = end;
            }
            ready += count;
            writing = false;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Request take(boolean starting) {
        lock.lock();
        try {
            if (starting && writing) {
                return null;
            }
            Request batch = first;
            first = null;
            last = null;
            ready = 0;
            writing = batch != null;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends replies from {@code start} on.
     *
     * @return the first it had no room for
     */
    private @Nullable Request write(Request start) {
        if (start.isStreamed) {
            Request next = start.next;
            stream(start);
            release(start, next);
            return next;
        }
        statuses.clear();
        int gathered = 0;
        int dataBuffers = 0;
        int pieceStart = 0;
        @Nullable Request request = start;
        while (request != null
                && !request.isStreamed
                && dataBuffers < MAX_DATA_BUFFERS
                && statuses.remaining() >= ReplyEncoder.MAX_STATUS_BYTES) {
            ByteBuffer data = request.buffer;
            if (data == null) {
                encoder.putStatus(statuses, request);
            } else {
                if (statuses.position() > pieceStart) {
                    gather[gathered++] = piece(dataBuffers, pieceStart);
                    pieceStart = statuses.position();
                }
                gather[gathered++] = data;
                dataBuffers++;
            }
            request = request.next;
        }
        if (statuses.position() > pieceStart) {
            gather[gathered++] = piece(dataBuffers, pieceStart);
        }
        send(gathered);
        release(start, request);
        return request;
    }

    private ByteBuffer piece(int index, int start) {
        return pieces[index].limit(statuses.position()).position(start);
    }

    private void stream(Request request) {
        if (broken) {
            return;
        }
        try {
            streamed.send(request);
            observation.streamed(request);
        } catch (IOException e) {
            broken = true;
            socket.close();
        }
    }

    private void send(int gathered) {
        if (broken) {
            return;
        }
        try {
            socket.setWriteDeadline(stallTime);
            socket.writeFully(gather, gathered);
            socket.clearWriteDeadline();
        } catch (IOException e) {
            broken = true;
            socket.close();
        }
    }

    private void release(Request start, @Nullable Request end) {
        int count = 0;
        for (Request request = start; request != end && request != null; request = request.next) {
            ByteBuffer data = request.buffer;
            if (data != null) {
                request.buffer = null;
                admission.releaseBuffer(data);
            }
            count++;
        }
        admission.releaseRequests(count);
    }
}
