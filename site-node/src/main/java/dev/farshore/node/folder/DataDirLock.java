package dev.farshore.node.folder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second node away from a data directory. The operating system gives the lock back when the
 * process dies, however it dies.
 */
final class DataDirLock implements AutoCloseable {
    private final FileChannel channel;

    private DataDirLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock; the file says who has it.
     *
     * @throws IOException if another node has it
     */
    static DataDirLock acquire(Path dataDir) throws IOException {
        Path file = dataDir.resolve("node.lock");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean isLocked = false;
        try {
            isLocked = tryLock(channel);
            if (!isLocked) {
                throw new IOException(
                        "dataDir %s is in use by another node (process %s); every node needs a dataDir of its own"
                                .formatted(dataDir, Files.readString(file).strip()));
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(
                            (ProcessHandle.current().pid() + "\n")
                                    .getBytes(StandardCharsets.UTF_8)));
            return new DataDirLock(channel);
        } finally {
            if (!isLocked) {
                channel.close();
            }
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // a node in this process
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
