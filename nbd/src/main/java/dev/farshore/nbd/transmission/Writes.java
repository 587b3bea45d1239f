package dev.farshore.nbd.transmission;

import static dev.farshore.nbd.BlockDevice.BLOCK_BYTES;
import static dev.farshore.nbd.NbdProtocol.CMD_FLAG_FUA;
import static dev.farshore.nbd.NbdProtocol.CMD_FLAG_NO_HOLE;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.nbd.socket.Inbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Takes in what clients want to be changed and hands it to the device: in whole sectors, and in
 * pieces where a payload is too long for the memory that its export gets at once. A disk promises
 * no atomicity across such a write.
 *
 * <p>Threading: the connection's reader.
 */
final class Writes {
    private final BlockDevice device;
    private final Inbound inbound;
    private final Admission admission;
    private final Duration stallTime;

    Writes(BlockDevice device, Inbound inbound, Admission admission, Duration stallTime) {
        this.device = device;
        this.inbound = inbound;
        this.admission = admission;
        this.stallTime = stallTime;
    }

    /** Takes in the whole payload, into the request's buffer, which has room for whole sectors. */
    void receive(Request request) throws IOException {
        receive(request.requireBuffer(), request.headBytes(), (int) request.length);
    }

    private void receive(ByteBuffer sectors, int headBytes, int bytes) throws IOException {
        int start = sectors.position();
        int limit = sectors.limit();
        sectors.limit(start + headBytes + bytes).position(start + headBytes);
        inbound.readFully(sectors, stallTime);
        sectors.limit(limit).position(start);
    }

    /** Writes what was received. */
    void write(Request request) {
        ByteBuffer sectors = request.requireBuffer();
        boolean fua = request.has(CMD_FLAG_FUA);
        if (request.isAligned()) {
            device.write(request.offset, sectors, fua, request);
        } else {
            device.writeUnaligned(
                    request.firstSector(),
                    sectors,
                    request.headBytes(),
                    request.tailBytes(),
                    fua,
                    request);
        }
    }

    /**
     * Takes a payload in and writes it, piece by piece.
     *
     * @throws IOException if the client leaves before it has sent all; the request is done then,
     *     too
     */
    void receiveInPieces(Request request) throws IOException {
        boolean fua = request.has(CMD_FLAG_FUA);
        long at = request.offset;
        long end = request.offset + request.length;
        try (SplitRequest parts = new SplitRequest(request, admission)) {
            while (at < end && !parts.hasFailed()) {
                int head = (int) (at % BLOCK_BYTES);
                int bytes = (int) Math.min(end - at, BufferPool.PIECE_BYTES - head);
                int tail = (int) (-(at + bytes) & BLOCK_BYTES - 1);
                ByteBuffer piece = admission.admitPiece(head + bytes + tail);
                Completion part = parts.add(piece);
                try {
                    receive(piece, head, bytes);
                } catch (IOException e) {
                    part.complete(e);
                    throw e;
                }
                put(at - head, piece, head, tail, fua, part);
                at += bytes;
            }
        }
        inbound.skip(end - at, stallTime);
    }

    private void put(
            long sector, ByteBuffer piece, int head, int tail, boolean fua, Completion part) {
        try {
            if ((head | tail) == 0) {
                device.write(sector, piece, fua, part);
            } else {
                device.writeUnaligned(sector, piece, head, tail, fua, part);
            }
        } catch (RuntimeException | Error e) {
            part.complete(new IOException("the device failed: " + e, e));
        }
    }

    void zero(Request request) {
        boolean mayPunch = !request.has(CMD_FLAG_NO_HOLE);
        boolean fua = request.has(CMD_FLAG_FUA);
        if (request.isAligned()) {
            device.writeZeroes(request.offset, request.length, mayPunch, fua, request);
            return;
        }
        long end = request.offset + request.length;
        long wholeFrom = request.firstSector() + (request.headBytes() > 0 ? BLOCK_BYTES : 0);
        long wholeTo = request.endOfSectors() - (request.tailBytes() > 0 ? BLOCK_BYTES : 0);
        try (SplitRequest parts = new SplitRequest(request, admission)) {
            if (wholeFrom > wholeTo) {
                zeroWithin(request.offset, end, fua, parts.add(null));
                return;
            }
            if (request.offset < wholeFrom) {
                zeroWithin(request.offset, wholeFrom, fua, parts.add(null));
            }
            if (wholeFrom < wholeTo) {
                device.writeZeroes(wholeFrom, wholeTo - wholeFrom, mayPunch, fua, parts.add(null));
            }
            if (wholeTo < end) {
                zeroWithin(wholeTo, end, fua, parts.add(null));
            }
        }
    }

    /** Zeroes a range within one sector. */
    private void zeroWithin(long from, long to, boolean fua, Completion part) {
        int head = (int) (from % BLOCK_BYTES);
        device.writeUnaligned(
                from - head,
                ByteBuffer.allocate(BLOCK_BYTES),
                head,
                (int) (-to & BLOCK_BYTES - 1),
                fua,
                part);
    }

    /** Discards the whole sectors of a range: a discard is a hint, and what is left stays data. */
    void trim(Request request) {
        long from = request.headBytes() == 0 ? request.offset : request.firstSector() + BLOCK_BYTES;
        long to = request.endOfSectors() - (request.tailBytes() > 0 ? BLOCK_BYTES : 0);
        if (from < to) {
            device.trim(from, to - from, request.has(CMD_FLAG_FUA), request);
        } else {
            request.complete(null);
        }
    }
}
