package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.handshake.ReplyStyle;

import org.jspecify.annotations.Nullable;

/**
 * Everything the specification asks of a request, checked once, before it is carried out. What
 * passes is in range and as long as agreed, and nothing behind this checks again.
 */
final class RequestRules {
    private final BlockDevice device;
    private final ReplyStyle style;
    private final boolean hasContexts;
    private final boolean obeysBlockSizes;
    private final long maxPayloadBytes;
    private final int maxChunkBytes;

    RequestRules(Agreement agreement, int maxPayloadBytes) {
        this.device = agreement.device();
        this.style = agreement.style();
        this.hasContexts = !agreement.contexts().isEmpty();
        this.obeysBlockSizes = agreement.obeysBlockSizes();
        this.maxChunkBytes = maxPayloadBytes;
        this.maxPayloadBytes = obeysBlockSizes ? maxPayloadBytes : MAX_LENGTH_BYTES;
    }

    /**
     * @return why the request must not be carried out; null if it may
     */
    @Nullable RequestError check(Request request) {
        if (request.command > CMD_BLOCK_STATUS || request.command == CMD_DISC) {
            return RequestError.UNKNOWN_COMMAND;
        }
        boolean takesPayload =
                request.command == CMD_WRITE
                        || (request.command == CMD_BLOCK_STATUS && hasContexts);
        if (request.payloadBytes > 0 && !takesPayload) {
            return RequestError.UNEXPECTED_PAYLOAD;
        }
        if ((request.flags & ~allowedFlags(request.command)) != 0) {
            return RequestError.UNKNOWN_FLAG;
        }
        return switch (request.command) {
            case CMD_READ -> checkTransfer(request);
            case CMD_WRITE -> checkWrite(request);
            case CMD_WRITE_ZEROES -> checkZeroing(request);
            case CMD_TRIM -> device.isReadOnly() ? RequestError.READ_ONLY : checkRange(request);
            case CMD_BLOCK_STATUS -> checkStatus(request);
            case CMD_FLUSH ->
                    (request.offset | request.length) == 0 ? null : RequestError.NOT_EMPTY;
            default -> checkRange(request);
        };
    }

    /** FUA is valid, if meaningless, with every command. */
    private int allowedFlags(int command) {
        int payload = style == ReplyStyle.EXTENDED ? CMD_FLAG_PAYLOAD_LEN : 0;
        return CMD_FLAG_FUA
                | switch (command) {
                    case CMD_READ -> style == ReplyStyle.SIMPLE ? 0 : CMD_FLAG_DF;
                    case CMD_WRITE -> payload;
                    case CMD_WRITE_ZEROES -> CMD_FLAG_NO_HOLE | CMD_FLAG_FAST_ZERO;
                    case CMD_BLOCK_STATUS -> CMD_FLAG_REQ_ONE | payload;
                    default -> 0;
                };
    }

    private @Nullable RequestError checkWrite(Request request) {
        if (device.isReadOnly()) {
            return RequestError.READ_ONLY;
        }
        if (style == ReplyStyle.EXTENDED && !request.has(CMD_FLAG_PAYLOAD_LEN)) {
            return RequestError.NO_PAYLOAD;
        }
        return checkTransfer(request);
    }

    private @Nullable RequestError checkZeroing(Request request) {
        if (device.isReadOnly()) {
            return RequestError.READ_ONLY;
        }
        RequestError error = checkRange(request);
        if (error == null
                && request.has(CMD_FLAG_FAST_ZERO)
                && !device.isZeroingFast(!request.has(CMD_FLAG_NO_HOLE))) {
            return RequestError.NOT_FAST;
        }
        return error;
    }

    private @Nullable RequestError checkStatus(Request request) {
        if (!hasContexts) {
            return RequestError.NO_CONTEXT;
        }
        if (request.contexts == Request.NO_VALID_CHOICE || request.payloadBytes > 0) {
            return RequestError.BAD_CONTEXTS;
        }
        return checkRange(request);
    }

    private @Nullable RequestError checkTransfer(Request request) {
        RequestError error = checkRange(request);
        if (error == null && request.length > maxPayloadBytes) {
            return RequestError.TOO_LONG;
        }
        return error == null && request.has(CMD_FLAG_DF) && request.length > maxChunkBytes
                ? RequestError.TOO_LONG_FOR_ONE_CHUNK
                : error;
    }

    private @Nullable RequestError checkRange(Request request) {
        if (request.length == 0) {
            return RequestError.NO_LENGTH;
        }
        long sizeBytes = device.sizeBytes();
        // Both are unsigned on the wire: a negative one lies far past any end.
        if (request.offset < 0
                || request.length < 0
                || request.offset > sizeBytes
                || request.length > sizeBytes - request.offset) {
            boolean writes = request.command == CMD_WRITE || request.command == CMD_WRITE_ZEROES;
            return writes ? RequestError.PAST_THE_END : RequestError.OUT_OF_RANGE;
        }
        if (obeysBlockSizes && !request.isAligned()) {
            return RequestError.MISALIGNED;
        }
        return null;
    }
}
