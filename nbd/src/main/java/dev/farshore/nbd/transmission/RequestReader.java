package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.NbdLimits;
import dev.farshore.nbd.handshake.Agreement;
import dev.farshore.nbd.handshake.ReplyStyle;
import dev.farshore.nbd.socket.Inbound;
import dev.farshore.nbd.socket.ProtocolViolationException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads request headers. What follows a header on the wire is left there, and its length noted in
 * the request; only the few bytes that choose contexts are read too.
 *
 * <pre>
 *   magic 32 | flags 16 | type 16 | cookie 64 | offset 64 | length 32, extended: 64
 * </pre>
 *
 * <p>Threading: the connection's reader.
 */
final class RequestReader {
    private final Request.Owner owner;
    private final Inbound inbound;
    private final NbdLimits limits;
    private final long maxPayloadBytes;
    private final boolean extended;
    private final int headerBytes;
    private final int magic;
    private final int contexts;

    /**
     * @param owner of the requests
     */
    RequestReader(Request.Owner owner, Agreement agreement, Inbound inbound, NbdLimits limits) {
        this.owner = owner;
        this.inbound = inbound;
        this.limits = limits;
        this.maxPayloadBytes = maxPayloadBytes(agreement, limits);
        this.extended = agreement.style() == ReplyStyle.EXTENDED;
        this.headerBytes = extended ? EXTENDED_REQUEST_BYTES : REQUEST_BYTES;
        this.magic = extended ? EXTENDED_REQUEST_MAGIC : REQUEST_MAGIC;
        this.contexts = agreement.contexts().size();
    }

    /**
     * Longer payloads are not even skipped. A client that did not ask for block sizes may write the
     * whole export at once.
     */
    private static long maxPayloadBytes(Agreement agreement, NbdLimits limits) {
        long always = Math.max(limits.maxPayloadBytes(), NbdLimits.PORTABLE_PAYLOAD_BYTES);
        return agreement.obeysBlockSizes()
                ? always
                : Math.max(always, Math.min(MAX_LENGTH_BYTES, agreement.device().sizeBytes()));
    }

    /**
     * @return null if the client has left, with or without DISC
     * @throws ProtocolViolationException if this is not a request, or its payload is absurdly long
     */
    @Nullable Request next() throws IOException {
        ByteBuffer in = inbound.nextMessage(headerBytes, limits.stallTime());
        if (in == null) {
            return null;
        }
        int start = in.getInt();
        if (start != magic) {
            throw new ProtocolViolationException(
                    "a request starts with 0x" + Integer.toHexString(start));
        }
        int flags = Short.toUnsignedInt(in.getShort());
        int command = Short.toUnsignedInt(in.getShort());
        long cookie = in.getLong();
        long offset = in.getLong();
        long length = extended ? in.getLong() : Integer.toUnsignedLong(in.getInt());
        if (command == CMD_DISC) {
            return null;
        }
        boolean hasPayload = extended ? (flags & CMD_FLAG_PAYLOAD_LEN) != 0 : command == CMD_WRITE;
        if (!hasPayload) {
            return new Request(owner, command, flags, cookie, offset, length, 0, -1);
        }
        if (length < 0 || length > maxPayloadBytes) {
            throw new ProtocolViolationException(
                    "a payload of " + Long.toUnsignedString(length) + " bytes");
        }
        if (command == CMD_BLOCK_STATUS
                && length >= Long.BYTES
                && length <= choiceBytes(contexts)) {
            return readChoice(flags, cookie, offset, (int) length);
        }
        return new Request(owner, command, flags, cookie, offset, length, length, -1);
    }

    /** The range's length, and the ids of the contexts wanted: a payload of BLOCK_STATUS. */
    private Request readChoice(int flags, long cookie, long offset, int payloadBytes)
            throws IOException {
        ByteBuffer in = inbound.require(payloadBytes, limits.stallTime());
        long length = in.getLong();
        int chosen = 0;
        boolean valid = payloadBytes % Integer.BYTES == 0 && payloadBytes > Long.BYTES;
        for (int left = payloadBytes - Long.BYTES; left > 0; left -= Integer.BYTES) {
            if (left < Integer.BYTES) {
                in.position(in.position() + left);
                break;
            }
            int id = in.getInt();
            valid &= id >= 0 && id < contexts && (chosen & (1 << id)) == 0;
            chosen |= 1 << (id & 31);
        }
        return new Request(
                owner,
                CMD_BLOCK_STATUS,
                flags,
                cookie,
                offset,
                length,
                0,
                valid ? chosen : Request.NO_VALID_CHOICE);
    }

    private static int choiceBytes(int contexts) {
        return Long.BYTES + contexts * Integer.BYTES;
    }
}
