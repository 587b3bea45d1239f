package dev.farshore.apply.image;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Two slots written in turn, so that a torn write leaves the older superblock. While it is open no
 * other process can open it: an image has one writer.
 *
 * <p>Threading: one thread at a time; the image's lock sees to it.
 */
final class SuperblockFile implements AutoCloseable {
    private static final int SLOTS = 2;

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(SLOTS * Superblock.SLOT_BYTES);

    private SuperblockFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Opens the file, creating it empty if there is none. */
    static SuperblockFile open(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE);
        try {
            lock(channel, path);
            return new SuperblockFile(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void lock(FileChannel channel, Path path) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new IOException(
                    "%s is in use: another node has this image open; give each node its own folder of images"
                            .formatted(path));
        }
    }

    /** The newer valid slot; null if neither was ever written. */
    @Nullable Superblock read() throws IOException {
        buffer.clear();
        while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) > 0) {
            // Until full or at the end of the file.
        }
        int readBytes = buffer.position();
        if (readBytes == 0) {
            return null;
        }
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0);
        }
        buffer.flip();
        Superblock first = Superblock.decode(buffer);
        Superblock second = Superblock.decode(buffer.position(Superblock.SLOT_BYTES));
        if (first == null && second == null) {
            throw new ImageCorruptException("both slots of the superblock are damaged");
        }
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        return first.generation() > second.generation() ? first : second;
    }

    /** Writes into the slot of the older generation. */
    void write(Superblock superblock) throws IOException {
        buffer.clear().limit(Superblock.SLOT_BYTES);
        superblock.encode(buffer);
        buffer.flip();
        long offsetBytes = superblock.generation() % SLOTS * Superblock.SLOT_BYTES;
        while (buffer.hasRemaining()) {
            channel.write(buffer, offsetBytes + buffer.position());
        }
    }

    /** Waits until what was written is stable. */
    void force() throws IOException {
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
