package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.BlockDevice.BLOCK_BYTES;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.socket.ClientSocket;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Answers reads that are too long for the memory their export gets at once: reads and sends them
 * piece by piece, with one buffer of the connection's own. Nothing else is answered meanwhile, as
 * the data of a simple reply can't be parted.
 *
 * <p>Threading: the thread that sends the connection's replies.
 */
final class StreamedRead {
    private static final int PIECE_BYTES = 256 << 10;

    private final BlockDevice device;
    private final ClientSocket socket;
    private final ReplyEncoder encoder;
    private final Duration stallTime;
    private @Nullable ByteBuffer buffer;

    StreamedRead(
            BlockDevice device, ClientSocket socket, ReplyEncoder encoder, Duration stallTime) {
        this.device = device;
        this.socket = socket;
        this.encoder = encoder;
        this.stallTime = stallTime;
    }

    /**
     * Sends the whole reply.
     *
     * @throws IOException if the client has left, or the read failed in the middle of a simple
     *     reply, which can't say so: the connection is to be closed
     */
    void send(Request request) throws IOException {
        ByteBuffer piece = buffer;
        if (piece == null) {
            piece = ByteBuffer.allocateDirect(BufferPool.HEADER_ROOM_BYTES + PIECE_BYTES);
            buffer = piece;
        }
        boolean inChunks = encoder.canSendChunks(request);
        long end = request.offset + request.length;
        for (long at = request.offset; at < end; ) {
            int bytes = (int) Math.min(end - at, PIECE_BYTES - at % BLOCK_BYTES);
            try {
                read(at, bytes, piece);
            } catch (IOException | RuntimeException e) {
                request.fail(e);
                if (!inChunks && at > request.offset) {
                    throw new IOException("a read failed in the middle of its reply", e);
                }
                encoder.putStatus(piece.clear(), request);
                write(piece.flip());
                return;
            }
            if (inChunks) {
                encoder.frameChunk(piece, request, at, at + bytes == end);
            } else if (at == request.offset) {
                encoder.frameStart(piece, request);
            }
            write(piece);
            at += bytes;
        }
    }

    /** Leaves the buffer positioned at the data and limited to it. */
    private void read(long at, int bytes, ByteBuffer piece) throws IOException {
        int head = (int) (at % BLOCK_BYTES);
        int sectorBytes = head + bytes + (int) (-(at + bytes) & BLOCK_BYTES - 1);
        piece.clear()
                .limit(BufferPool.HEADER_ROOM_BYTES + sectorBytes)
                .position(BufferPool.HEADER_ROOM_BYTES);
        device.read(at - head, piece);
        int start = BufferPool.HEADER_ROOM_BYTES + head;
        piece.limit(start + bytes).position(start);
    }

    private void write(ByteBuffer piece) throws IOException {
        socket.setWriteDeadline(stallTime);
        socket.writeFully(piece);
        socket.clearWriteDeadline();
    }
}
