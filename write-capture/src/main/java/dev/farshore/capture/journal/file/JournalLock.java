package dev.farshore.capture.journal.file;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second owner away from a journal for as long as it is open. The operating system gives
 * the lock back when the process dies, however it dies.
 *
 * <p>The lock is on a file of its own beside the journal: POSIX takes a process's lock on a file
 * away when that process closes <em>any</em> descriptor of it, and whoever looks at a journal would
 * unlock it. For the same reason a second try within this process is refused before it opens the
 * lock file: closing it again would drop the lock of the first.
 */
public final class JournalLock implements AutoCloseable {
    /** Lock files this process holds, or is about to. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path lockFile;
    private final FileChannel channel;
    private final FileLock lock;

    private JournalLock(Path lockFile, FileChannel channel, FileLock lock) {
        this.lockFile = lockFile;
        this.channel = channel;
        this.lock = lock;
    }

    public static Path lockFileOf(Path journal) {
        return journal.resolveSibling(journal.getFileName() + ".lock");
    }

    /**
     * @throws JournalException {@code LOCKED} when someone has it
     */
    public static JournalLock acquire(Path journal) throws IOException {
        Path directory = journal.resolveSibling("").toAbsolutePath().toRealPath();
        Path lockFile = lockFileOf(directory.resolve(journal.getFileName()));
        if (!HELD_HERE.add(lockFile)) {
            throw locked(journal, "this process");
        }
        JournalLock held = null;
        try {
            held = tryLock(lockFile);
        } finally {
            if (held == null) {
                HELD_HERE.remove(lockFile);
            }
        }
        if (held == null) {
            throw locked(journal, "another process");
        }
        return held;
    }

    private static @Nullable JournalLock tryLock(Path lockFile) throws IOException {
        FileChannel channel =
                FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock == null ? null : new JournalLock(lockFile, channel, lock);
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
        } finally {
            HELD_HERE.remove(lockFile);
        }
    }
}
