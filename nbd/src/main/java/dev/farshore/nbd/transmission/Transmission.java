package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.DeviceException;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.socket.ClientSocket;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

/**
 * The second phase of a connection: takes in requests, has them carried out, and sees to it that
 * each is answered.
 *
 * <p>Threading: {@link #run} on the connection's reader. A request that the device completes on the
 * reader is answered by the reader, when it has nothing more to take in; one completed elsewhere by
 * the connection's writer, as completing must not block; one that may block by the thread that did
 * it.
 */
public final class Transmission {
    /** Replies the reader gathers at most: the client should have work while we have. */
    private static final int FLUSH_AT_REPLIES = 16;

    private final Agreement agreement;
    private final BlockDevice device;
    private final Inbound inbound;
    private final NbdLimits limits;
    private final Executor blocking;
    private final RequestReader requests;
    private final RequestRules rules;
    private final ReplyEncoder encoder;
    private final Admission admission;
    private final Writes writes;
    private final Replies replies;
    private final FailureLog failureLog;
    private final ClientSocket socket;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;
    private volatile boolean stopping;
    private volatile boolean ended;

    /**
     * @param blocking runs what may block on the device
     */
    public Transmission(
            Agreement agreement,
            ClientSocket socket,
            Inbound inbound,
            NbdLimits limits,
            ExportBudget budget,
            Executor blocking) {
        this.agreement = agreement;
        this.device = agreement.device();
        this.socket = socket;
        this.inbound = inbound;
        this.limits = limits;
        this.blocking = blocking;
        this.requests = new RequestReader(this, agreement, inbound, limits);
        this.rules = new RequestRules(agreement, limits.maxPayloadBytes());
        this.encoder = new ReplyEncoder(agreement.style());
        this.admission = new Admission(limits, budget, this::settle);
        this.writes = new Writes(device, inbound, admission, limits.stallTime());
        this.replies = new Replies(device, socket, encoder, admission, limits);
        this.failureLog = new FailureLog(agreement.export(), socket.address());
        inbound.setBeforeWaiting(this::settle);
    }

    /** Before the reader waits. */
    private void settle() {
        flush();
        device.settle();
    }

    /** Sends what is ready, and leaves to the writer what would take long. */
    private void flush() {
        if (!replies.flush(false)) {
            LockSupport.unpark(writer);
        }
    }

    /** The writer's loop, until {@link #drain} has ended. */
    public void runWriter() {
        writer = Thread.currentThread();
        while (!ended) {
            replies.flush(true);
            LockSupport.park(this);
        }
    }

    /**
     * Serves until the client takes leave or has gone.
     *
     * @throws ProtocolViolationException if the client sends what can't be understood
     */
    public void run() throws IOException {
        reader = Thread.currentThread();
        try {
            while (!stopping) {
                Request request = requests.next();
                if (request == null) {
                    return;
                }
                admission.admitRequest();
                take(request);
            }
        } finally {
            // The reader answers no more: what completes from here on is the writer's.
            reader = null;
            flush();
        }
    }

    /** Waits for what is in flight; the device hears nothing more from here after that. */
    public void drain() {
        admission.drain();
        ended = true;
        LockSupport.unpark(writer);
    }

    /** Takes in nothing more: {@link #run} returns, or fails in the middle of a request. */
    public void stop() {
        stopping = true;
        socket.endInput();
    }

    public boolean isIdle() {
        return admission.requestsInFlight() == 0;
    }

    /** Checks a request, takes in what belongs to it, and has it carried out. */
    private void take(Request request) throws IOException {
        Refusal refusal = rules.check(request);
        if (refusal == null) {
            refusal = provideBuffer(request);
        }
        boolean isLacking = request.buffer == null && neededBytes(request) > 0;
        if (refusal == null && isLacking && request.command == CMD_WRITE) {
            writes.receiveInPieces(request);
            return;
        }
        boolean received = false;
        try {
            if (refusal != null) {
                inbound.skip(request.payloadBytes, limits.stallTime());
            } else if (request.command == CMD_WRITE) {
                writes.receive(request);
            }
            received = true;
        } finally {
            if (!received) {
                abandon(request);
            }
        }
        if (refusal != null) {
            request.refuse(refusal);
        } else if (isLacking) {
            request.isStreamed = true;
            request.finish(null);
        } else {
            dispatch(request);
        }
    }

    /** What a request, its payload or its reply, takes of memory. */
    private long neededBytes(Request request) {
        return switch (request.command) {
            case CMD_READ, CMD_WRITE -> request.endOfSectors() - request.firstSector();
            case CMD_BLOCK_STATUS -> StatusReply.maxBytes(agreement.contexts().size());
            default -> 0;
        };
    }

    /** Leaves a read or write without one where it has to be done in pieces. */
    private @Nullable Refusal provideBuffer(Request request) {
        long bytes = neededBytes(request);
        if (bytes > 0) {
            try {
                request.buffer = admission.admitBuffer(bytes);
                if (request.buffer == null && request.command == CMD_BLOCK_STATUS) {
                    request.buffer = admission.admitPiece(ExportBudget.PIECE_BYTES);
                }
            } catch (OutOfMemoryError e) {
                return Refusal.NO_MEMORY;
            }
        }
        return null;
    }

    /** The client left in the middle of it: there will be no reply to give back what it holds. */
    private void abandon(Request request) {
        ByteBuffer buffer = request.buffer;
        if (buffer != null) {
            admission.releaseBuffer(buffer);
        }
        admission.releaseRequests(1);
    }

    private void dispatch(Request request) {
        long offset = request.firstSector();
        long length = request.endOfSectors() - offset;
        try {
            switch (request.command) {
                case CMD_READ -> {
                    if (device.canReadAtOnce(offset, length)) {
                        perform(request);
                    } else if (!device.readLater(
                            offset,
                            request.requireBuffer(),
                            failure -> readLater(request, failure))) {
                        blocking.execute(request);
                    }
                }
                case CMD_BLOCK_STATUS -> blocking.execute(request);
                case CMD_WRITE -> writes.write(request);
                case CMD_WRITE_ZEROES -> writes.zero(request);
                case CMD_TRIM -> writes.trim(request);
                case CMD_FLUSH -> device.flush(request);
                case CMD_CACHE -> {
                    device.prefetch(offset, length);
                    request.complete(null);
                }
                default -> throw new IllegalStateException("not checked: " + request);
            }
        } catch (RuntimeException | Error e) {
            request.finish(e);
        }
    }

    /** Does a request that may block, on a thread of its own, and sends its reply from there. */
    void performAndReply(Request request) {
        perform(request);
        flush();
    }

    private void perform(Request request) {
        Throwable failure = null;
        try {
            ByteBuffer buffer = request.requireBuffer();
            if (request.command == CMD_READ) {
                read(request, buffer);
            } else {
                new StatusReply(encoder, request, buffer, agreement.contexts().size())
                        .fill(device.blockStatus(), agreement.contexts());
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        request.finish(failure);
    }

    /** A read has been done that the device took over: the writer sends the reply. */
    private void readLater(Request request, @Nullable IOException failure) {
        Throwable error = failure;
        if (error == null) {
            try {
                frame(request, request.requireBuffer());
            } catch (RuntimeException e) {
                error = e;
            }
        }
        request.isDoneLater = true;
        request.finish(error);
    }

    private void read(Request request, ByteBuffer buffer) throws IOException {
        device.read(request.firstSector(), buffer);
        frame(request, buffer);
    }

    private void frame(Request request, ByteBuffer buffer) {
        int start = BufferPool.HEADER_ROOM_BYTES + request.headBytes();
        buffer.limit(start + (int) request.length).position(start);
        if (encoder.canSendHoles(request) && Zeroes.fill(buffer)) {
            encoder.frameHole(buffer, request);
        } else {
            encoder.frameData(buffer, request);
        }
    }

    /** The device has the payload of a write: nobody needs it here until the write is done. */
    void payloadTaken(Request request) {
        ByteBuffer buffer = request.buffer;
        if (buffer != null) {
            request.buffer = null;
            admission.releaseBuffer(buffer);
        }
    }

    /** Takes over a request that is done. Any thread; does not block, except on the reader. */
    void completed(Request request) {
        ByteBuffer buffer = request.buffer;
        boolean failed = request.error() != OK;
        if (buffer != null && (failed || request.command == CMD_WRITE)) {
            request.buffer = null;
            admission.releaseBuffer(buffer);
        }
        boolean flushedByCaller =
                !request.isDoneLater
                        && !request.isStreamed
                        && (request.command == CMD_READ || request.command == CMD_BLOCK_STATUS);
        int ready = replies.add(request);
        if (Thread.currentThread() == reader) {
            if (ready >= FLUSH_AT_REPLIES) {
                flush();
            }
        } else if (!flushedByCaller) {
            LockSupport.unpark(writer);
        }
    }

    /**
     * A request can't be carried out. If that is because the volume is not served here any more,
     * the client has to look for it elsewhere: it is disconnected, as it would take an error for
     * the disk's and tell its guest.
     */
    void failed(Request request, Throwable failure) {
        failureLog.failed(request, failure);
        if (failure instanceof DeviceException refused
                && refused.kind() == DeviceException.Kind.SHUTTING_DOWN) {
            socket.close();
        }
    }

    void completedTwice(Request request) {
        failureLog.completedTwice(request);
    }
}
