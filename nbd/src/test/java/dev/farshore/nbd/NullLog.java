package dev.farshore.nbd;

import java.nio.ByteBuffer;

/** A preallocated ring in memory that writes are copied to and forgotten: a journal's least. */
public final class NullLog implements BlockDevice {
    private static final int RING_BYTES = 64 << 20;

    private final ByteBuffer ring = ByteBuffer.allocateDirect(RING_BYTES);
    private final long sizeBytes;
    private int position;

    public NullLog(long sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer into) {
        into.put(ring.slice(0, into.remaining()));
    }

    @Override
    public boolean canReadAtOnce(long offset, long length) {
        return true;
    }

    @Override
    public synchronized void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        int count = payload.remaining();
        if (position + count > RING_BYTES) {
            position = 0;
        }
        ring.put(position, payload, payload.position(), count);
        position += count;
        done.complete(null);
    }

    @Override
    public void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done) {
        write(offset, sectors, fua, done);
    }

    @Override
    public void writeZeroes(
            long offset, long length, boolean mayPunch, boolean fua, Completion done) {
        done.complete(null);
    }

    @Override
    public void trim(long offset, long length, boolean fua, Completion done) {
        done.complete(null);
    }

    @Override
    public void flush(Completion done) {
        done.complete(null);
    }

    @Override
    public void close() {}
}
