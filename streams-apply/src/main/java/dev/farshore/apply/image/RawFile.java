package dev.farshore.apply.image;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A sparse raw file, or a block device. A device keeps its own size, which must be large enough for
 * the volume. When the volume grows, the new range is zeroed, as a device may hold data of an
 * earlier user.
 *
 * <p>Threading: one thread writes; any thread reads and forces. Readers have a channel of their
 * own, because a thread interrupted while it reads closes the channel under everybody.
 */
final class RawFile implements AutoCloseable {
    private static final int ZEROES_BYTES = 1 << 20;

    /** The largest sectors that are common: a device makes no hole of less than one. */
    private static final long DEVICE_SECTOR_BYTES = 4096;

    private final Path path;
    private final RandomAccessFile file;
    private final FileChannel writing;
    private final HolePuncher holes;
    private final DataFinder data;
    private final Object readingLock = new Object();
    // Replaced under readingLock.
    private volatile FileChannel reading;
    private volatile boolean isClosed;
    private volatile boolean isSizeUnstable;
    private final boolean isDevice;
    // Of a device: so much of it is the volume.
    private volatile long usedBytes;

    private RawFile(
            Path path,
            RandomAccessFile file,
            FileChannel reading,
            HolePuncher holes,
            DataFinder data,
            boolean isDevice) {
        this.data = data;
        this.isDevice = isDevice;
        this.path = path;
        this.file = file;
        this.writing = file.getChannel();
        this.reading = reading;
        this.holes = holes;
    }

    /** Opens the file, creating it empty if there is none. */
    static RawFile open(Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        try {
            FileChannel reading = FileChannel.open(path, StandardOpenOption.READ);
            try {
                // Neither a file nor a folder nor a link, of which the last one was followed.
                boolean isDevice = Files.readAttributes(path, BasicFileAttributes.class).isOther();
                return open(path, file, reading, isDevice);
            } catch (IOException e) {
                reading.close();
                throw e;
            }
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    private static RawFile open(
            Path path, RandomAccessFile file, FileChannel reading, boolean isDevice)
            throws IOException {
        HolePuncher holes = HolePuncher.open(path);
        try {
            return new RawFile(
                    path, file, reading, holes, DataFinder.open(path, isDevice), isDevice);
        } catch (IOException e) {
            holes.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    /** Goes on with what is there, which is the volume up to {@code sizeBytes}. */
    void reopen(long sizeBytes) throws IOException {
        if (isDevice) {
            requireRoom(sizeBytes);
            usedBytes = sizeBytes;
        } else {
            resize(sizeBytes);
        }
    }

    private void requireRoom(long sizeBytes) throws IOException {
        if (sizeBytes > writing.size()) {
            throw new IOException(
                    "device %s has %d bytes, the volume %d: give it a larger one"
                            .formatted(path, writing.size(), sizeBytes));
        }
    }

    /** Whether it is a file, and has less than {@code sizeBytes}. */
    boolean isShorterThan(long sizeBytes) throws IOException {
        return !isDevice && writing.size() < sizeBytes;
    }

    /** Throws everything away. */
    void clear() throws IOException {
        resize(0);
    }

    /** Cuts the file, or makes it longer by a hole. */
    void resize(long sizeBytes) throws IOException {
        if (isDevice) {
            requireRoom(sizeBytes);
            zero(usedBytes, Math.max(0, sizeBytes - usedBytes));
            usedBytes = sizeBytes;
        } else if (sizeBytes != writing.size()) {
            file.setLength(sizeBytes);
            isSizeUnstable = true;
        }
    }

    void write(long offsetBytes, ByteBuffer payload) throws IOException {
        long at = offsetBytes;
        while (payload.hasRemaining()) {
            at += writing.write(payload, at);
        }
    }

    /** Makes a range read as zeroes, as a hole where the file system can. */
    void zero(long offsetBytes, long lengthBytes) throws IOException {
        if (lengthBytes <= 0) {
            return;
        }
        if (!isDevice) {
            punchOrWriteZeroes(offsetBytes, lengthBytes);
            return;
        }
        long end = offsetBytes + lengthBytes;
        long holeFrom = Math.min(end, roundUpToSector(offsetBytes));
        long holeEnd = Math.max(holeFrom, end - end % DEVICE_SECTOR_BYTES);
        writeZeroes(offsetBytes, holeFrom - offsetBytes);
        if (holeEnd > holeFrom) {
            punchOrWriteZeroes(holeFrom, holeEnd - holeFrom);
        }
        writeZeroes(holeEnd, end - holeEnd);
    }

    private static long roundUpToSector(long offsetBytes) {
        return (offsetBytes + DEVICE_SECTOR_BYTES - 1) / DEVICE_SECTOR_BYTES * DEVICE_SECTOR_BYTES;
    }

    private void punchOrWriteZeroes(long offsetBytes, long lengthBytes) throws IOException {
        if (!holes.punch(offsetBytes, lengthBytes)) {
            writeZeroes(offsetBytes, lengthBytes);
        }
    }

    void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(ZEROES_BYTES, lengthBytes));
        for (long at = offsetBytes, end = offsetBytes + lengthBytes; at < end; ) {
            zeroes.clear().limit((int) Math.min(zeroes.capacity(), end - at));
            at += writing.write(zeroes, at);
        }
    }

    /** Fills {@code into}; beyond the end of the file there are zeroes. */
    void read(long offsetBytes, ByteBuffer into) throws IOException {
        int limit = into.limit();
        if (isDevice) {
            // The device may be larger than the volume: beyond the volume, reads return zeroes.
            long insideBytes = Math.max(0, usedBytes - offsetBytes);
            into.limit((int) Math.min(limit, into.position() + insideBytes));
        }
        readFile(offsetBytes, into);
        fillWithZeroes(into.limit(limit));
    }

    private static void fillWithZeroes(ByteBuffer into) {
        while (into.hasRemaining()) {
            into.put((byte) 0);
        }
    }

    private void readFile(long offsetBytes, ByteBuffer into) throws IOException {
        long base = offsetBytes - into.position();
        while (into.hasRemaining()) {
            FileChannel channel = reading;
            int readBytes;
            try {
                readBytes = channel.read(into, base + into.position());
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (ClosedChannelException e) {
                reopenForReading(channel, e);
                continue;
            }
            if (readBytes < 0) {
                fillWithZeroes(into);
            }
        }
    }

    private void reopenForReading(FileChannel closed, ClosedChannelException cause)
            throws IOException {
        synchronized (readingLock) {
            if (isClosed) {
                throw cause;
            }
            if (reading == closed) {
                reading = FileChannel.open(path, StandardOpenOption.READ);
            }
        }
    }

    /** First byte from {@code from} on that may be data; {@code end} if all before is a hole. */
    long nextData(long from, long end) throws IOException {
        return data.nextData(from, end);
    }

    /** First byte from {@code from} on that is of a hole; {@code end} if all before may be data. */
    long nextHole(long from, long end) throws IOException {
        return data.nextHole(from, end);
    }

    /** Waits until everything written before the call is on stable storage. */
    void force() throws IOException {
        boolean isWithMetadata = isSizeUnstable;
        isSizeUnstable = false;
        writing.force(isWithMetadata);
    }

    @Override
    public void close() throws IOException {
        synchronized (readingLock) {
            isClosed = true;
            reading.close();
        }
        holes.close();
        data.close();
        file.close();
    }
}
