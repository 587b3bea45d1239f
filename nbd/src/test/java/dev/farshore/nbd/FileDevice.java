package dev.farshore.nbd;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A plain file, written by the thread that calls: what nbdkit's file plugin does. */
public final class FileDevice implements BlockDevice {
    private final FileChannel file;
    private final long sizeBytes;

    public FileDevice(Path path) throws IOException {
        this.file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.sizeBytes = file.size();
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
    public void read(long offset, ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining()) {
            if (file.read(into, offset + into.position() - start) < 0) {
                throw new EOFException("the file is shorter than it was");
            }
        }
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        done.complete(attempt(() -> put(offset, payload, fua)));
    }

    private void put(long offset, ByteBuffer payload, boolean fua) throws IOException {
        int start = payload.position();
        while (payload.hasRemaining()) {
            file.write(payload, offset + payload.position() - start);
        }
        if (fua) {
            file.force(false);
        }
    }

    @Override
    public void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done) {
        int from = sectors.position() + headBytes;
        int to = sectors.limit() - tailBytes;
        write(offset + headBytes, sectors.limit(to).position(from), fua, done);
    }

    @Override
    public void writeZeroes(
            long offset, long length, boolean mayPunch, boolean fua, Completion done) {
        done.complete(
                attempt(
                        () -> {
                            ByteBuffer zeroes = ByteBuffer.allocate(1 << 20);
                            for (long at = offset; at < offset + length; ) {
                                zeroes.clear();
                                zeroes.limit((int) Math.min(1 << 20, offset + length - at));
                                at += file.write(zeroes, at);
                            }
                        }));
    }

    @Override
    public void trim(long offset, long length, boolean fua, Completion done) {
        writeZeroes(offset, length, true, fua, done);
    }

    @Override
    public void flush(Completion done) {
        done.complete(attempt(() -> file.force(false)));
    }

    private interface Work {
        void run() throws IOException;
    }

    private static @Nullable IOException attempt(Work work) {
        try {
            work.run();
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    @Override
    public void close() {}
}
