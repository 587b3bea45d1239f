package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.FileHeader;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.JournalLock;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.MappedFile;
import dev.farshore.capture.journal.file.Preallocation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/** A journal's file from its creation to its end. */
public final class JournalFiles {
    private static final int PAGES_MIN = 2;

    private JournalFiles() {}

    /**
     * Creates the file under another name and gives it its own when it is complete and stable: a
     * crash leaves a journal or none, never half of one.
     */
    static void create(Path file, String vvol, long capacityBytes, JournalPosition after)
            throws IOException {
        long capacity = roundedToPages(capacityBytes);
        FileHeader header = new FileHeader(vvol, capacity, new SecureRandom().nextLong());
        TailSlot tail =
                new TailSlot(1, 1, after.seq() + 1, 0, after, HostMark.created(after.seq()));
        byte[] pages = new byte[Layout.RING_OFFSET];
        System.arraycopy(header.encode(), 0, pages, 0, Layout.PAGE_BYTES);
        System.arraycopy(
                tail.encode(header.identity()), 0, pages, Layout.slotOffset(0), Layout.SLOT_BYTES);

        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (JournalLock lock = JournalLock.acquire(file)) {
            if (Files.exists(file)) {
                throw new JournalException(
                        JournalException.Kind.WRONG_FILE,
                        "journal %s exists; open it, or remove it if it is of no value"
                                .formatted(file));
            }
            Files.deleteIfExists(unfinished);
            Files.createFile(unfinished);
            try {
                Preallocation.reserve(unfinished, fileBytes(capacity));
                writeStable(unfinished, pages);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(unfinished);
            }
            forceDirectoryOf(file);
        }
    }

    /** Removes a journal that nobody has open, and the lock file beside it. */
    public static void delete(Path file) throws IOException {
        try (JournalLock lock = JournalLock.acquire(file)) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(JournalLock.lockFileOf(file));
        }
    }

    /**
     * Gives a journal that nobody has open another name, and returns it: the file's, then {@code
     * suffix}, and a number where there are several.
     */
    public static Path setAside(Path file, String suffix) throws IOException {
        try (JournalLock lock = JournalLock.acquire(file)) {
            Path kept = file.resolveSibling(file.getFileName() + "." + suffix);
            for (int number = 2; Files.exists(kept); number++) {
                kept = file.resolveSibling(file.getFileName() + "." + suffix + "-" + number);
            }
            Files.move(file, kept, StandardCopyOption.ATOMIC_MOVE);
            forceDirectoryOf(file);
            return kept;
        }
    }

    static FileHeader readHeader(Path file) throws IOException {
        byte[] page;
        try (InputStream in = Files.newInputStream(file)) {
            page = in.readNBytes(Layout.PAGE_BYTES);
        }
        FileHeader header = FileHeader.decode(page, file);
        if (Files.size(file) < Layout.RING_OFFSET) {
            throw FileHeader.corrupt(file, "it ends before its ring");
        }
        return header;
    }

    /**
     * Maps a journal. A file that was cut short, or that lost blocks on the way through a copy that
     * makes holes, gets them first: zeroes are no entries.
     */
    static MappedFile map(Path file, FileHeader header, MappedFile.Forcing forcing)
            throws IOException {
        long bytes = fileBytes(header.capacityBytes());
        Preallocation.reserve(file, bytes);
        return MappedFile.map(file, bytes, forcing);
    }

    private static long roundedToPages(long capacityBytes) {
        long pages = Math.ceilDiv(capacityBytes, Layout.PAGE_BYTES);
        if (pages < PAGES_MIN) {
            throw new IllegalArgumentException(
                    "capacity of a journal must be at least %d bytes, but is %d"
                            .formatted(PAGES_MIN * Layout.PAGE_BYTES, capacityBytes));
        }
        return pages * Layout.PAGE_BYTES;
    }

    private static long fileBytes(long capacityBytes) {
        return Layout.RING_OFFSET + capacityBytes;
    }

    private static void writeStable(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer remaining = ByteBuffer.wrap(bytes);
            while (remaining.hasRemaining()) {
                channel.write(remaining, remaining.position());
            }
            channel.force(true);
        }
    }

    private static void forceDirectoryOf(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
