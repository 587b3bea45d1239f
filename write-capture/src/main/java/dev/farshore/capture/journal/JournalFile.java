package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.FileHeader;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.JournalLock;
import dev.farshore.capture.journal.file.MappedFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A journal's file, locked against other processes and mapped. */
final class JournalFile implements AutoCloseable {
    private final Path path;
    private final FileHeader header;
    private final JournalLock lock;
    private final MappedFile mapped;

    private JournalFile(Path path, FileHeader header, JournalLock lock, MappedFile mapped) {
        this.path = path;
        this.header = header;
        this.lock = lock;
        this.mapped = mapped;
    }

    /** Throws as {@link Journal#open}. */
    static JournalFile open(Path path, MappedFile.Forcing forcing) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new JournalException(
                    JournalException.Kind.WRONG_FILE, "there is no journal " + path);
        }
        JournalLock lock = JournalLock.acquire(path);
        boolean isOpen = false;
        try {
            FileHeader header = JournalFiles.readHeader(path);
            JournalFile file =
                    new JournalFile(path, header, lock, JournalFiles.map(path, header, forcing));
            isOpen = true;
            return file;
        } finally {
            if (!isOpen) {
                lock.close();
            }
        }
    }

    Path path() {
        return path;
    }

    FileHeader header() {
        return header;
    }

    MappedFile mapped() {
        return mapped;
    }

    /** The lock goes last: the next holder finds the file complete. */
    @Override
    public void close() throws IOException {
        try (lock;
                mapped) {
            // Both, whatever one of them throws.
        }
    }
}
