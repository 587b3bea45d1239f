package dev.farshore.capture.nbd.transmission;

import dev.farshore.capture.nbd.NbdProtocol;
import dev.farshore.capture.nbd.handshake.ReplyStyle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Replies as bytes, in the style agreed on. Threading: stateless. */
final class ReplyEncoder {
    /** Room {@link #putStatus} needs at most. */
    static final int MAX_STATUS_BYTES = 1024;

    private static final int MAX_TEXT_BYTES = 512;

    private final ReplyStyle style;

    ReplyEncoder(ReplyStyle style) {
        this.style = style;
    }

    /** The whole reply to a request that failed, or that succeeded and has no data to return. */
    void putStatus(ByteBuffer out, Request request) {
        boolean failed = request.error() != NbdProtocol.OK;
        if (style == ReplyStyle.SIMPLE || (style == ReplyStyle.STRUCTURED && !failed)) {
            out.putInt(NbdProtocol.SIMPLE_REPLY_MAGIC);
            out.putInt(request.error());
            out.putLong(request.cookie);
        } else if (failed) {
            byte[] text = clipped(request.errorText());
            putChunkHeader(out, request, NbdProtocol.REPLY_TYPE_ERROR, 6 + text.length);
            out.putInt(request.error());
            out.putShort((short) text.length);
            out.put(text);
        } else {
            putChunkHeader(out, request, NbdProtocol.REPLY_TYPE_NONE, 0);
        }
    }

    /**
     * Makes a buffer filled with what was read into the reply that carries it, using the room in
     * front.
     *
     * @param buffer positioned at the data, limited to it; afterwards at the reply
     */
    void frameData(ByteBuffer buffer, Request request) {
        int data = buffer.position();
        int dataBytes = buffer.remaining();
        switch (style) {
            case SIMPLE -> {
                buffer.position(data - NbdProtocol.SIMPLE_REPLY_BYTES);
                int start = buffer.position();
                buffer.putInt(NbdProtocol.SIMPLE_REPLY_MAGIC);
                buffer.putInt(NbdProtocol.OK);
                buffer.putLong(request.cookie);
                buffer.position(start);
            }
            case STRUCTURED, EXTENDED -> {
                int start = data - Long.BYTES - chunkHeaderBytes();
                buffer.position(start);
                putChunkHeader(
                        buffer,
                        request,
                        NbdProtocol.REPLY_TYPE_OFFSET_DATA,
                        Long.BYTES + dataBytes);
                buffer.putLong(request.offset);
                buffer.position(start);
            }
        }
    }

    private int chunkHeaderBytes() {
        return style == ReplyStyle.EXTENDED
                ? NbdProtocol.EXTENDED_REPLY_BYTES
                : NbdProtocol.STRUCTURED_REPLY_BYTES;
    }

    /** The header of a reply's only chunk. */
    private void putChunkHeader(ByteBuffer out, Request request, int type, int payloadBytes) {
        boolean extended = style == ReplyStyle.EXTENDED;
        out.putInt(
                extended ? NbdProtocol.EXTENDED_REPLY_MAGIC : NbdProtocol.STRUCTURED_REPLY_MAGIC);
        out.putShort((short) NbdProtocol.REPLY_FLAG_DONE);
        out.putShort((short) type);
        out.putLong(request.cookie);
        if (extended) {
            out.putLong(request.offset);
            out.putLong(payloadBytes);
        } else {
            out.putInt(payloadBytes);
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
        return java.util.Arrays.copyOf(bytes, end);
    }
}
