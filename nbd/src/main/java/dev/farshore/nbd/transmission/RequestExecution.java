package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.DeviceException;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.socket.ClientSocket;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;

/**
 * Has the device do what was asked, and sees to it that each request is answered.
 *
 * <p>Threading: the connection's reader starts requests; the device completes them on any thread.
 */
final class RequestExecution implements Request.Owner {
    private final BlockDevice device;
    private final Agreement agreement;
    private final ReplyEncoder encoder;
    private final Writes writes;
    private final Admission admission;
    private final ReplyWriter replies;
    private final ClientSocket socket;
    private final Executor blocking;
    private final FailureLog failureLog;
    private final Observation observation;

    /**
     * @param blocking runs what may block on the device
     */
    RequestExecution(
            Agreement agreement,
            ReplyEncoder encoder,
            Writes writes,
            Admission admission,
            ReplyWriter replies,
            ClientSocket socket,
            Executor blocking,
            Observation observation) {
        this.device = agreement.device();
        this.agreement = agreement;
        this.encoder = encoder;
        this.writes = writes;
        this.admission = admission;
        this.replies = replies;
        this.socket = socket;
        this.blocking = blocking;
        this.observation = observation;
        this.failureLog = new FailureLog(agreement.export(), socket.address());
    }

    /** Starts a request that has been checked, and whose payload is in its buffer. */
    void start(Request request) {
        long offset = request.firstSector();
        long length = request.endOfSectors() - offset;
        try {
            switch (request.command) {
                case CMD_READ -> startRead(request, offset, length);
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

    private void startRead(Request request, long offset, long length) {
        if (device.canReadAtOnce(offset, length)) {
            perform(request);
        } else if (!device.readLater(
                offset, request.requireBuffer(), failure -> readDone(request, failure))) {
            blocking.execute(request);
        }
    }

    @Override
    public void performAndReply(Request request) {
        perform(request);
        replies.flush();
    }

    private void perform(Request request) {
        Throwable failure = null;
        try {
            ByteBuffer buffer = request.requireBuffer();
            if (request.command == CMD_READ) {
                device.read(request.firstSector(), buffer);
                frame(request, buffer);
            } else {
                new StatusReply(encoder, request, buffer, agreement.contexts().size())
                        .fill(device.blockStatus(), agreement.contexts());
            }
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
        request.finish(failure);
    }

    /** The device has done a read that it took over. */
    private void readDone(Request request, @Nullable IOException failure) {
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

    private void frame(Request request, ByteBuffer buffer) {
        int start = BufferPool.HEADER_ROOM_BYTES + request.headBytes();
        buffer.limit(start + (int) request.length).position(start);
        if (encoder.canSendHoles(request) && Zeroes.fill(buffer)) {
            encoder.frameHole(buffer, request);
        } else {
            encoder.frameData(buffer, request);
        }
    }

    @Override
    public void payloadTaken(Request request) {
        ByteBuffer buffer = request.buffer;
        if (buffer != null) {
            request.buffer = null;
            admission.releaseBuffer(buffer);
        }
    }

    @Override
    public void done(Request request) {
        observation.done(request);
        boolean failed = request.error() != OK;
        if (failed || request.command == CMD_WRITE) {
            payloadTaken(request);
        }
        boolean isOnBlockingThread =
                !request.isDoneLater
                        && !request.isStreamed
                        && (request.command == CMD_READ || request.command == CMD_BLOCK_STATUS);
        replies.add(request, isOnBlockingThread);
    }

    /**
     * If the volume is not served here any more, the client has to look for it elsewhere: it is
     * disconnected, as it would take an error for the disk's and tell its guest.
     */
    @Override
    public void failed(Request request, Throwable failure) {
        failureLog.failed(request, failure);
        if (failure instanceof DeviceException refused
                && refused.kind() == DeviceException.Kind.SHUTTING_DOWN) {
            socket.close();
        }
    }

    @Override
    public void completedTwice(Request request) {
        failureLog.completedTwice(request);
    }
}
