package dev.farshore.capture.nbd.transmission;

import dev.farshore.capture.nbd.BlockStatusSource;
import dev.farshore.capture.nbd.NbdProtocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The reply to one BLOCK_STATUS: a chunk for every context asked about. Threading: the thread that
 * does the request.
 */
final class StatusReply implements BlockStatusSource.ExtentConsumer {
    /** Extents of one context in one reply; the client asks again for the rest. */
    private static final int MAX_EXTENTS = 1024;

    private final ReplyEncoder encoder;
    private final Request request;
    private final ByteBuffer out;
    private final int maxExtents;
    private long leftBytes;
    private long pendingBytes;
    private int pendingFlags;
    private int extents;

    /**
     * @param out positioned where the reply is to start, with {@link #maxBytes} of room
     */
    StatusReply(ReplyEncoder encoder, Request request, ByteBuffer out) {
        this.encoder = encoder;
        this.request = request;
        this.out = out;
        this.maxExtents = request.has(NbdProtocol.CMD_FLAG_REQ_ONE) ? 1 : MAX_EXTENTS;
    }

    static int maxBytes(int contexts) {
        int header = NbdProtocol.EXTENDED_REPLY_BYTES + 2 * Integer.BYTES;
        return contexts * (header + MAX_EXTENTS * 2 * Long.BYTES);
    }

    /**
     * Fills the buffer, and leaves it positioned at the reply and limited to it.
     *
     * @param names of the contexts, by id
     */
    void fill(BlockStatusSource source, List<String> names) throws IOException {
        int start = out.position();
        int lastChunk = start;
        for (int id = 0; id < names.size(); id++) {
            if ((request.contexts & (1 << id)) == 0) {
                continue;
            }
            lastChunk = out.position();
            encoder.startStatusChunk(out, request, id);
            leftBytes = request.length;
            pendingBytes = 0;
            extents = 0;
            source.extents(names.get(id), request.offset, request.length, this);
            putPending();
            if (extents == 0) {
                throw new IOException("the device says nothing about " + names.get(id));
            }
            encoder.endStatusChunk(out, lastChunk, extents);
        }
        encoder.markDone(out, lastChunk);
        out.limit(out.position()).position(start);
    }

    /** Joins extents of the same flags, and cuts them at the end of the range asked about. */
    @Override
    public boolean accept(long lengthBytes, int flags) {
        if (lengthBytes <= 0 || leftBytes == 0) {
            return leftBytes > 0;
        }
        if (pendingBytes > 0 && flags != pendingFlags) {
            putPending();
            if (extents == maxExtents) {
                leftBytes = 0;
                return false;
            }
        }
        long taken = Math.min(lengthBytes, leftBytes);
        pendingFlags = flags;
        pendingBytes += taken;
        leftBytes -= taken;
        return leftBytes > 0;
    }

    private void putPending() {
        if (pendingBytes > 0) {
            encoder.putExtent(out, pendingBytes, pendingFlags);
            pendingBytes = 0;
            extents++;
        }
    }
}
