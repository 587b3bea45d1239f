package dev.farshore.capture.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second owner away from a journal for as long as it is open. The operating system gives
 * the lock back when the process dies, however it dies.
 *
 * <p>The lock is on a file of its own beside the journal: POSIX takes a process's lock on a file
 * away when that process closes <em>any</em> descriptor of it, and whoever looks at a journal would
 * unlock it.
 */
final class FileLockHeld implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private FileLockHeld(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    static Path lockFileOf(Path journal) {
        return journal.resolveSibling(journal.getFileName() + ".lock");
    }

    /**
     * @throws JournalException {@code LOCKED} when someone has it
     */
    static FileLockHeld acquire(Path journal) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        lockFileOf(journal), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw locked(journal, "another process");
            }
            return new FileLockHeld(channel, lock);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw locked(journal, "this process");
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static JournalException locked(Path journal, String by) {
        return new JournalException(
                JournalException.Kind.LOCKED,
                "journal %s is open in %s; only one node may serve a volume"
                        .formatted(journal, by));
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            lock.release();
        }
    }
}
