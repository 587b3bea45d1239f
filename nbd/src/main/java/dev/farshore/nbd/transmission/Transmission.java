package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.socket.ClientSocket;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;

/**
 * The second phase of a connection: takes in requests until the client leaves.
 *
 * <p>A request goes one way: {@link RequestReader} → {@link RequestRules} → {@link
 * RequestExecution} → device, and when the device has completed it → {@link ReplyWriter} → {@link
 * Replies} → socket.
 *
 * <p>Threading: {@link #run} on the connection's reader, {@link #runWriter} on its writer, the rest
 * from anywhere.
 */
public final class Transmission {
    private final BlockDevice device;
    private final int contexts;
    private final Inbound inbound;
    private final NbdLimits limits;
    private final RequestReader requests;
    private final RequestRules rules;
    private final Admission admission;
    private final Writes writes;
    private final ReplyWriter replies;
    private final RequestExecution execution;
    private final ClientSocket socket;
    private volatile boolean stopping;

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
        this.device = agreement.device();
        this.contexts = agreement.contexts().size();
        this.socket = socket;
        this.inbound = inbound;
        this.limits = limits;
        this.rules = new RequestRules(agreement, limits.maxPayloadBytes());
        this.admission = new Admission(limits, budget, this::settle);
        this.writes = new Writes(device, inbound, admission, limits.stallTime());
        ReplyEncoder encoder = new ReplyEncoder(agreement.style());
        Observation observation = new Observation(device.observer());
        this.replies =
                new ReplyWriter(
                        new Replies(device, socket, encoder, admission, limits, observation));
        this.execution =
                new RequestExecution(
                        agreement,
                        encoder,
                        writes,
                        admission,
                        replies,
                        socket,
                        blocking,
                        observation);
        this.requests = new RequestReader(execution, agreement, inbound, limits);
        inbound.setBeforeWaiting(this::settle);
    }

    /** Before the reader waits. */
    private void settle() {
        replies.flush();
        device.settle();
    }

    /** The writer's loop, until {@link #drain} has ended. */
    public void runWriter() {
        replies.run();
    }

    /**
     * Serves until the client leaves.
     *
     * @throws ProtocolViolationException if the client sends what can't be understood
     */
    public void run() throws IOException {
        replies.readerComes();
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
            replies.readerLeaves();
        }
    }

    /** Waits for what is in flight; the device hears nothing more from here after that. */
    public void drain() {
        admission.drain();
        replies.end();
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
        RequestError error = rules.check(request);
        if (error == null) {
            error = provideBuffer(request);
        }
        boolean isLacking = request.buffer == null && neededBytes(request) > 0;
        if (error == null && isLacking && request.command == CMD_WRITE) {
            writes.receiveInPieces(request);
            return;
        }
        boolean received = false;
        try {
            if (error != null) {
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
        if (error != null) {
            request.refuse(error);
        } else if (isLacking) {
            request.isStreamed = true;
            request.finish(null);
        } else {
            execution.start(request);
        }
    }

    /** What a request, its payload or its reply, takes of memory. */
    private long neededBytes(Request request) {
        return switch (request.command) {
            case CMD_READ, CMD_WRITE -> request.endOfSectors() - request.firstSector();
            case CMD_BLOCK_STATUS -> StatusReply.maxBytes(contexts);
            default -> 0;
        };
    }

    /** Leaves a read or write without one where it has to be done in pieces. */
    private @Nullable RequestError provideBuffer(Request request) {
        long bytes = neededBytes(request);
        if (bytes > 0) {
            try {
                request.buffer = admission.admitBuffer(bytes);
                if (request.buffer == null && request.command == CMD_BLOCK_STATUS) {
                    request.buffer = admission.admitPiece(BufferPool.PIECE_BYTES);
                }
            } catch (OutOfMemoryError e) {
                return RequestError.NO_MEMORY;
            }
        }
        return null;
    }

    /** The client left in the middle of it: no reply will release what it holds. */
    private void abandon(Request request) {
        ByteBuffer buffer = request.buffer;
        if (buffer != null) {
            admission.releaseBuffer(buffer);
        }
        admission.releaseRequests(1);
    }
}
