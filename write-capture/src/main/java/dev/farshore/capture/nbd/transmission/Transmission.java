package dev.farshore.capture.nbd.transmission;

import dev.farshore.capture.nbd.BlockDevice;
import dev.farshore.capture.nbd.NbdLimits;
import dev.farshore.capture.nbd.NbdProtocol;
import dev.farshore.capture.nbd.handshake.Agreement;
import dev.farshore.capture.nbd.handshake.ReplyStyle;
import dev.farshore.capture.nbd.socket.ClientSocket;
import dev.farshore.capture.nbd.socket.Inbound;
import dev.farshore.capture.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

/**
 * The second phase of a connection: takes in requests, has them carried out, and sees to it that
 * each is answered.
 *
 * <p>Threading: {@link #run} on the connection's reader. A request that the device completes on the
 * reader is answered by the reader, when it has nothing more to take in; one completed elsewhere by
 * the connection's writer, as completing must not block; a read by the thread that did it.
 */
public final class Transmission {
    private static final Logger log = LoggerFactory.getLogger(Transmission.class);

    /** Replies the reader gathers at most: the client should have work while we have. */
    private static final int FLUSH_AT_REPLIES = 16;

    private final Agreement agreement;
    private final BlockDevice device;
    private final ClientSocket socket;
    private final Inbound inbound;
    private final NbdLimits limits;
    private final Executor readers;
    private final RequestRules rules;
    private final Admission admission;
    private final Replies replies;
    private final ReplyEncoder encoder;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;
    private volatile boolean shuttingDown;
    private volatile boolean ended;

    /**
     * @param readers runs reads of the device, which may block
     */
    public Transmission(
            Agreement agreement,
            ClientSocket socket,
            Inbound inbound,
            NbdLimits limits,
            BufferPool pool,
            Executor readers) {
        this.agreement = agreement;
        this.device = agreement.device();
        this.socket = socket;
        this.limits = limits;
        this.readers = readers;
        this.rules = new RequestRules(device, limits.maxPayloadBytes());
        this.encoder = new ReplyEncoder(agreement.style());
        this.admission = new Admission(limits, pool, this::flushReplies);
        this.replies = new Replies(socket, encoder, admission, limits);
        this.inbound = inbound;
        inbound.setBeforeWaiting(replies::flush);
    }

    private void flushReplies() {
        replies.flush();
    }

    /** The writer's loop, until {@link #run} has ended. */
    public void runWriter() {
        writer = Thread.currentThread();
        while (!ended) {
            replies.flush();
            LockSupport.park(this);
        }
    }

    /**
     * Serves until the client has gone; returns when nothing is in flight any more.
     *
     * @throws ProtocolViolationException if the client sends what can't be understood
     */
    public void run() throws IOException {
        reader = Thread.currentThread();
        try {
            while (takeRequest()) {}
        } finally {
            // The reader answers no more: what completes from here on is the writer's.
            reader = null;
            replies.flush();
        }
    }

    /** Waits for what is in flight; the device hears nothing more from here after that. */
    public void drain() {
        admission.drain();
        ended = true;
        LockSupport.unpark(writer);
    }

    /** From now on requests are answered ESHUTDOWN. */
    public void shutDown() {
        shuttingDown = true;
    }

    public boolean isIdle() {
        return admission.requestsInFlight() == 0;
    }

    private boolean takeRequest() throws IOException {
        boolean extended = agreement.style() == ReplyStyle.EXTENDED;
        int headerBytes = extended ? NbdProtocol.EXTENDED_REQUEST_BYTES : NbdProtocol.REQUEST_BYTES;
        ByteBuffer in = inbound.nextMessage(headerBytes, limits.stallTime());
        if (in == null) {
            return false;
        }
        int magic = in.getInt();
        if (magic != (extended ? NbdProtocol.EXTENDED_REQUEST_MAGIC : NbdProtocol.REQUEST_MAGIC)) {
            throw new ProtocolViolationException(
                    "a request starts with 0x" + Integer.toHexString(magic));
        }
        int flags = Short.toUnsignedInt(in.getShort());
        int command = Short.toUnsignedInt(in.getShort());
        Request request =
                new Request(
                        this,
                        command,
                        flags,
                        in.getLong(),
                        in.getLong(),
                        extended ? in.getLong() : Integer.toUnsignedLong(in.getInt()));
        if (command == NbdProtocol.CMD_DISC) {
            return false;
        }
        admission.admitRequest();
        execute(request);
        return true;
    }

    private void execute(Request request) throws IOException {
        boolean write = request.command == NbdProtocol.CMD_WRITE;
        if (write && tooLongToSkip(request.length)) {
            throw new ProtocolViolationException(
                    "a write of " + Long.toUnsignedString(request.length) + " bytes");
        }
        Refusal refusal = shuttingDown ? Refusal.SHUTTING_DOWN : rules.check(request);
        if (refusal != null) {
            if (write) {
                inbound.skip(request.length, limits.stallTime());
            }
            request.refuse(refusal);
            return;
        }
        if (request.command == NbdProtocol.CMD_READ || write) {
            try {
                request.buffer = admission.admitBuffer((int) request.length);
            } catch (OutOfMemoryError e) {
                if (write) {
                    inbound.skip(request.length, limits.stallTime());
                }
                request.finish(e);
                return;
            }
        }
        if (write) {
            receive(request);
        }
        dispatch(request);
    }

    private boolean tooLongToSkip(long length) {
        return length < 0
                || length > Math.max(limits.maxPayloadBytes(), NbdLimits.PORTABLE_PAYLOAD_BYTES);
    }

    private void receive(Request request) throws IOException {
        ByteBuffer payload = Objects.requireNonNull(request.buffer);
        boolean received = false;
        try {
            inbound.readFully(payload, limits.stallTime());
            payload.position(BufferPool.HEADER_ROOM_BYTES);
            received = true;
        } finally {
            if (!received) {
                admission.releaseBuffer(payload);
                admission.releaseRequests(1);
            }
        }
    }

    private void dispatch(Request request) {
        boolean fua = request.has(NbdProtocol.CMD_FLAG_FUA);
        try {
            switch (request.command) {
                case NbdProtocol.CMD_READ -> readers.execute(() -> read(request));
                case NbdProtocol.CMD_WRITE ->
                        device.write(
                                request.offset,
                                Objects.requireNonNull(request.buffer),
                                fua,
                                request);
                case NbdProtocol.CMD_WRITE_ZEROES ->
                        device.writeZeroes(
                                request.offset,
                                request.length,
                                !request.has(NbdProtocol.CMD_FLAG_NO_HOLE),
                                fua,
                                request);
                case NbdProtocol.CMD_TRIM ->
                        device.trim(request.offset, request.length, fua, request);
                case NbdProtocol.CMD_FLUSH -> device.flush(request);
                case NbdProtocol.CMD_CACHE -> request.complete(null);
                default -> throw new IllegalStateException("not checked: " + request);
            }
        } catch (RuntimeException | Error e) {
            request.finish(e);
        }
    }

    private void read(Request request) {
        ByteBuffer buffer = Objects.requireNonNull(request.buffer);
        Throwable failure = null;
        try {
            device.read(request.offset, buffer);
            buffer.position(BufferPool.HEADER_ROOM_BYTES);
            encoder.frameData(buffer, request);
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        request.finish(failure);
        replies.flush();
    }

    /** Takes over a request that is done. Any thread; does not block, except on the reader. */
    void completed(Request request) {
        ByteBuffer buffer = request.buffer;
        boolean failed = request.error() != NbdProtocol.OK;
        if (buffer != null && (failed || request.command == NbdProtocol.CMD_WRITE)) {
            request.buffer = null;
            admission.releaseBuffer(buffer);
        }
        int ready = replies.add(request);
        if (Thread.currentThread() == reader) {
            if (ready >= FLUSH_AT_REPLIES) {
                replies.flush();
            }
        } else if (request.command != NbdProtocol.CMD_READ) {
            LockSupport.unpark(writer);
        }
    }

    void failed(Request request, Throwable failure) {
        log.atWarn()
                .addKeyValue("export", agreement.export())
                .addKeyValue("client", socket.address())
                .addKeyValue("request", request)
                .setCause(failure)
                .log("a request failed");
    }

    void completedTwice(Request request) {
        log.atError()
                .addKeyValue("export", agreement.export())
                .addKeyValue("request", request)
                .setCause(new IllegalStateException("completed before"))
                .log("a device completed a request twice");
    }
}
