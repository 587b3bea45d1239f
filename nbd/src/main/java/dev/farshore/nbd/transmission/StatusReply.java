package dev.farshore.nbd.transmission;

import dev.farshore.nbd.BlockStatusSource;
import dev.farshore.nbd.NbdProtocol;

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

    private static final int HEADER_BYTES = NbdProtocol.EXTENDED_REPLY_BYTES + 2 * Integer.BYTES;
    private static final int EXTENT_BYTES = 2 * Long.BYTES;

    private final ReplyEncoder encoder;
    private final Request request;
    private final ByteBuffer out;
    private final int maxExtents;
    private long skippedBytes;
    private long leftBytes;
    private long pendingBytes;
    private int pendingFlags;
    private int extents;

    /**
     * @param out positioned where the reply is to start; with less than {@link #maxBytes} of room
     *     it tells of fewer extents
     * @param contexts that were negotiated
     */
    StatusReply(ReplyEncoder encoder, Request request, ByteBuffer out, int contexts) {
        this.encoder = encoder;
        this.request = request;
        this.out = out;
        int room = (out.remaining() / contexts - HEADER_BYTES) / EXTENT_BYTES;
        this.maxExtents =
                request.has(NbdProtocol.CMD_FLAG_REQ_ONE) ? 1 : Math.min(room, MAX_EXTENTS);
    }

    static int maxBytes(int contexts) {
        return contexts * (HEADER_BYTES + MAX_EXTENTS * EXTENT_BYTES);
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
            skippedBytes = request.headBytes();
            pendingBytes = 0;
            extents = 0;
            long from = request.firstSector();
            source.extents(names.get(id), from, request.endOfSectors() - from, this);
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
        // What is before the range in its first sector is not asked about.
        long skipped = Math.min(lengthBytes, skippedBytes);
        skippedBytes -= skipped;
        long taken = Math.min(lengthBytes - skipped, leftBytes);
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
