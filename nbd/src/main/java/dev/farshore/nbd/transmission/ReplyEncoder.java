package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.NbdProtocol.*;

import dev.farshore.nbd.handshake.ReplyStyle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Replies as bytes, in the style agreed on.
 *
 * <pre>
 *   simple      magic 32 | error 32 | cookie 64 | data of READ
 *   structured  magic 32 | flags 16 | type 16 | cookie 64 | length 32 | payload
 *   extended    magic 32 | flags 16 | type 16 | cookie 64 | offset 64 | length 64 | payload
 * </pre>
 *
 * <p>Threading: stateless.
 */
final class ReplyEncoder {
    /** Room {@link #putStatus} needs at most. */
    static final int MAX_STATUS_BYTES = 1024;

    private static final int MAX_TEXT_BYTES = 512;
    private static final int FLAGS_AT = Integer.BYTES;

    private final boolean simple;
    private final boolean extended;
    private final int chunkMagic;
    private final int chunkHeaderBytes;

    ReplyEncoder(ReplyStyle style) {
        this.simple = style == ReplyStyle.SIMPLE;
        this.extended = style == ReplyStyle.EXTENDED;
        this.chunkMagic = extended ? EXTENDED_REPLY_MAGIC : STRUCTURED_REPLY_MAGIC;
        this.chunkHeaderBytes = extended ? EXTENDED_REPLY_BYTES : STRUCTURED_REPLY_BYTES;
    }

    /** The whole reply to a request that failed, or that succeeded and has no data to return. */
    void putStatus(ByteBuffer out, Request request) {
        boolean failed = request.error() != OK;
        // Structured replies still allow the shorter simple one where there is nothing to say.
        if (simple || (!failed && !extended)) {
            putSimpleHeader(out, request);
        } else if (failed) {
            byte[] text = clipped(request.errorText());
            putChunkHeader(
                    out, request, REPLY_TYPE_ERROR, Integer.BYTES + Short.BYTES + text.length);
            out.putInt(request.error()).putShort((short) text.length).put(text);
        } else {
            putChunkHeader(out, request, REPLY_TYPE_NONE, 0);
        }
    }

    /**
     * Makes a buffer filled with what was read into the reply that carries it, using the room in
     * front.
     *
     * @param buffer positioned at the data, limited to it; afterwards at the reply
     */
    void frameData(ByteBuffer buffer, Request request) {
        frameStart(buffer, request);
    }

    /** The same where the buffer has only the first of the data, and the rest follows as it is. */
    void frameStart(ByteBuffer buffer, Request request) {
        if (simple) {
            int start = buffer.position() - SIMPLE_REPLY_BYTES;
            putSimpleHeader(buffer.position(start), request);
            buffer.position(start);
        } else {
            frame(buffer, request, request.offset, request.length, true);
        }
    }

    /** Makes a buffer filled with some of what was read a chunk of the reply. */
    void frameChunk(ByteBuffer buffer, Request request, long offset, boolean isLast) {
        frame(buffer, request, offset, buffer.remaining(), isLast);
    }

    private void frame(
            ByteBuffer buffer, Request request, long offset, long dataBytes, boolean isLast) {
        int start = buffer.position() - Long.BYTES - chunkHeaderBytes;
        putChunkHeader(
                buffer.position(start), request, REPLY_TYPE_OFFSET_DATA, Long.BYTES + dataBytes);
        buffer.putLong(offset).position(start);
        if (!isLast) {
            buffer.putShort(start + FLAGS_AT, (short) 0);
        }
    }

    /** Whether the data of a read may come in several chunks, of which any may be an error. */
    boolean canSendChunks(Request request) {
        return !simple && !request.has(CMD_FLAG_DF);
    }

    /** Whether zeroes need not be sent: one chunk can say that all of a read is zero. */
    boolean canSendHoles(Request request) {
        return canSendChunks(request);
    }

    /** Makes a buffer the reply to a read of nothing but zeroes. */
    void frameHole(ByteBuffer buffer, Request request) {
        int start = buffer.position();
        buffer.limit(buffer.capacity()); // the data may be shorter than what says it is zero
        putChunkHeader(buffer, request, REPLY_TYPE_OFFSET_HOLE, Long.BYTES + Integer.BYTES);
        buffer.putLong(request.offset).putInt((int) request.length);
        buffer.limit(buffer.position()).position(start);
    }

    void startStatusChunk(ByteBuffer out, Request request, int contextId) {
        int start = out.position();
        putChunkHeader(
                out, request, extended ? REPLY_TYPE_BLOCK_STATUS_EXT : REPLY_TYPE_BLOCK_STATUS, 0);
        out.putShort(start + FLAGS_AT, (short) 0);
        out.putInt(contextId);
        if (extended) {
            out.putInt(0);
        }
    }

    void putExtent(ByteBuffer out, long lengthBytes, int flags) {
        if (extended) {
            out.putLong(lengthBytes).putLong(Integer.toUnsignedLong(flags));
        } else {
            out.putInt((int) lengthBytes).putInt(flags);
        }
    }

    /** Fills in what {@link #startStatusChunk} could not know. */
    void endStatusChunk(ByteBuffer out, int start, int extents) {
        int payloadBytes = out.position() - start - chunkHeaderBytes;
        if (extended) {
            out.putLong(start + EXTENDED_REPLY_BYTES - Long.BYTES, payloadBytes);
            out.putInt(start + EXTENDED_REPLY_BYTES + Integer.BYTES, extents);
        } else {
            out.putInt(start + STRUCTURED_REPLY_BYTES - Integer.BYTES, payloadBytes);
        }
    }

    /** Makes the chunk that starts there the last of its reply. */
    void markDone(ByteBuffer out, int start) {
        out.putShort(start + FLAGS_AT, (short) REPLY_FLAG_DONE);
    }

    private static void putSimpleHeader(ByteBuffer out, Request request) {
        out.putInt(SIMPLE_REPLY_MAGIC).putInt(request.error()).putLong(request.cookie);
    }

    /** The header of a reply's only chunk. */
    private void putChunkHeader(ByteBuffer out, Request request, int type, long payloadBytes) {
        out.putInt(chunkMagic).putShort((short) REPLY_FLAG_DONE).putShort((short) type);
        out.putLong(request.cookie);
        if (extended) {
            out.putLong(request.offset).putLong(payloadBytes);
        } else {
            out.putInt((int) payloadBytes);
        }
    }

    private static byte[] clipped(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_TEXT_BYTES) {
            return bytes;
        }
        int end = MAX_TEXT_BYTES;
        // Not in the middle of a character: its following bytes start with the bits 10.
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return Arrays.copyOf(bytes, end);
    }
}
