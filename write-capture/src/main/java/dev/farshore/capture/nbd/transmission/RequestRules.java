package dev.farshore.capture.nbd.transmission;

import static dev.farshore.capture.nbd.NbdProtocol.*;

import dev.farshore.capture.nbd.BlockDevice;

import org.jspecify.annotations.Nullable;

/**
 * Everything the specification asks of a request, checked once, before it is carried out. What
 * passes is in range and aligned, and nothing behind this checks again.
 */
final class RequestRules {
    private final BlockDevice device;
    private final int maxPayloadBytes;

    RequestRules(BlockDevice device, int maxPayloadBytes) {
        this.device = device;
        this.maxPayloadBytes = maxPayloadBytes;
    }

    /**
     * @return why the request must not be carried out; null if it may
     */
    @Nullable Refusal check(Request request) {
        int allowedFlags =
                switch (request.command) {
                    case CMD_WRITE_ZEROES -> CMD_FLAG_FUA | CMD_FLAG_NO_HOLE;
                    case CMD_READ, CMD_WRITE, CMD_FLUSH, CMD_TRIM, CMD_CACHE -> CMD_FLAG_FUA;
                    default -> 0;
                };
        return switch (request.command) {
            case CMD_READ -> checkPayload(request, allowedFlags);
            case CMD_WRITE -> checkWriting(request, allowedFlags, true);
            case CMD_TRIM, CMD_WRITE_ZEROES -> checkWriting(request, allowedFlags, false);
            case CMD_CACHE -> checkRange(request, allowedFlags);
            case CMD_FLUSH ->
                    (request.flags & ~allowedFlags) != 0
                            ? Refusal.UNKNOWN_FLAG
                            : request.offset != 0 || request.length != 0 ? Refusal.NOT_EMPTY : null;
            default -> Refusal.UNKNOWN_COMMAND;
        };
    }

    private @Nullable Refusal checkWriting(Request request, int allowedFlags, boolean payload) {
        if (device.isReadOnly()) {
            return Refusal.READ_ONLY;
        }
        return payload ? checkPayload(request, allowedFlags) : checkRange(request, allowedFlags);
    }

    private @Nullable Refusal checkPayload(Request request, int allowedFlags) {
        return request.length > maxPayloadBytes
                ? Refusal.TOO_LONG
                : checkRange(request, allowedFlags);
    }

    private @Nullable Refusal checkRange(Request request, int allowedFlags) {
        if ((request.flags & ~allowedFlags) != 0) {
            return Refusal.UNKNOWN_FLAG;
        }
        if (request.length == 0) {
            return Refusal.NO_LENGTH;
        }
        long sizeBytes = device.sizeBytes();
        // Both are unsigned on the wire: a negative one lies far past any end.
        if (request.offset < 0
                || request.length < 0
                || request.offset > sizeBytes
                || request.length > sizeBytes - request.offset) {
            boolean writes = request.command == CMD_WRITE || request.command == CMD_WRITE_ZEROES;
            return writes ? Refusal.PAST_THE_END : Refusal.OUT_OF_RANGE;
        }
        if (((request.offset | request.length) & (BlockDevice.BLOCK_BYTES - 1)) != 0) {
            return Refusal.MISALIGNED;
        }
        return null;
    }
}
