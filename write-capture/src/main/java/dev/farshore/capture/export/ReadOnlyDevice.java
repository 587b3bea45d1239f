package dev.farshore.capture.export;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.BlockStatusSource;
import dev.farshore.nbd.DeviceException;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A client's handle on a view of a volume. Its size stays as it was when it was opened. */
final class ReadOnlyDevice implements BlockDevice {

    /** Fills buffers. */
    interface Reading {
        /** Blocks. */
        void read(long offset, ByteBuffer into) throws IOException;

        /** As of {@link BlockDevice#readLater}. */
        default boolean readLater(long offset, ByteBuffer into, Completion done) {
            return false;
        }
    }

    private final String export;
    private final long sizeBytes;
    private final Reading reading;
    private final BlockStatusSource status;
    private final Runnable whenClosed;

    ReadOnlyDevice(
            String export,
            long sizeBytes,
            Reading reading,
            BlockStatusSource status,
            Runnable whenClosed) {
        this.export = export;
        this.sizeBytes = sizeBytes;
        this.reading = reading;
        this.status = status;
        this.whenClosed = whenClosed;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        reading.read(offset, into);
    }

    @Override
    public boolean readLater(long offset, ByteBuffer into, Completion done) {
        return reading.readLater(offset, into, done);
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        done.complete(readOnly());
    }

    @Override
    public void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done) {
        done.complete(readOnly());
    }

    @Override
    public void writeZeroes(
            long offset, long length, boolean mayPunch, boolean fua, Completion done) {
        done.complete(readOnly());
    }

    @Override
    public void trim(long offset, long length, boolean fua, Completion done) {
        done.complete(readOnly());
    }

    /** The client has written nothing that could be made stable. */
    @Override
    public void flush(Completion done) {
        done.complete(null);
    }

    @Override
    public BlockStatusSource blockStatus() {
        return status;
    }

    @Override
    public void close() {
        whenClosed.run();
    }

    private DeviceException readOnly() {
        return new DeviceException(DeviceException.Kind.READ_ONLY, export + " is read-only");
    }
}
