package dev.farshore.apply.image;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Finds data and holes of a sparse file; holes read as zeroes. Where that can't be told (a block
 * device, a file system without holes, a system other than Linux) all is data. Written data counts
 * before it is on the disk.
 *
 * <p>Threading: any thread. Closing waits for running calls: the number of a closed descriptor may
 * be reused for another file.
 */
final class DataFinder implements AutoCloseable {
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private final boolean canTell;
    private final int descriptor;
    private boolean isClosed;

    private DataFinder(boolean canTell, int descriptor) {
        this.canTell = canTell;
        this.descriptor = descriptor;
    }

    static DataFinder open(Path path, boolean isDevice) throws IOException {
        boolean canTell = LinuxFiles.areHere() && !isDevice;
        return new DataFinder(canTell, canTell ? LinuxFiles.open(path, LinuxFiles.O_RDONLY) : -1);
    }

    /** First byte from {@code from} on that may be data; {@code end} if there is none before. */
    long nextData(long from, long end) throws IOException {
        return seek(from, end, LinuxFiles.SEEK_DATA, from);
    }

    /** First byte from {@code from} on that is of a hole; {@code end} if there is none before. */
    long nextHole(long from, long end) throws IOException {
        return seek(from, end, LinuxFiles.SEEK_HOLE, end);
    }

    private long seek(long from, long end, int whence, long ifAllIsData) throws IOException {
        if (!canTell) {
            return ifAllIsData;
        }
        life.readLock().lock();
        try {
            if (isClosed) {
                throw new ClosedChannelException();
            }
            long found = LinuxFiles.seek(descriptor, from, whence);
            if (found == -LinuxFiles.ENXIO) {
                // Beyond the end, or, for data, in the hole there.
                return whence == LinuxFiles.SEEK_DATA ? end : from;
            }
            return found < 0 ? ifAllIsData : Math.min(found, end);
        } finally {
            life.readLock().unlock();
        }
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (canTell && !isClosed) {
                LinuxFiles.close(descriptor);
            }
            isClosed = true;
        } finally {
            life.writeLock().unlock();
        }
    }
}
