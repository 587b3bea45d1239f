package dev.farshore.capture.journal.file;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Gives a file all its blocks before it is mapped. A store to a mapped hole on a full disk is a
 * SIGBUS in the middle of a guest's write; here it is an error with a name, at creation.
 *
 * <p>By {@code posix_fallocate}, which leaves existing bytes alone, fills holes, extends the file
 * and, on file systems that can't, writes to every block instead.
 */
public final class Preallocation {
    private static final int O_RDWR = 2;
    private static final int EINTR = 4;
    private static final int EFBIG = 27;
    private static final int ENOSPC = 28;

    private static final MethodHandle OPEN =
            function(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle POSIX_FALLOCATE =
            function(
                    "posix_fallocate",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private Preallocation() {}

    /**
     * Makes {@code file}, which exists, at least {@code bytes} long with no hole in them.
     *
     * @throws JournalException {@code NO_SPACE} when the disk is too full for it
     */
    public static void reserve(Path file, long bytes) throws IOException {
        // Asked first: reserving all that is left and giving it back would starve others.
        FileStore store = Files.getFileStore(file);
        long missingBytes = bytes - Files.size(file);
        long freeBytes = store.getUsableSpace();
        if (missingBytes > freeBytes) {
            throw noSpace(
                    file, bytes, "less than %d MiB are free".formatted(roundedUpMib(freeBytes)));
        }
        int error = fallocate(file, bytes);
        switch (error) {
            case 0 -> {}
            case ENOSPC -> throw noSpace(file, bytes, "no space left on device");
            case EFBIG -> throw noSpace(file, bytes, "larger than a file may be there");
            default ->
                    throw new JournalException(
                            JournalException.Kind.FAILED,
                            "reserving %d bytes for %s failed: posix_fallocate returned errno %d"
                                    .formatted(bytes, file, error));
        }
    }

    /**
     * To a power of two: it is tried again and again, and the same reason should read the same
     * while others write to the disk.
     */
    private static long roundedUpMib(long bytes) {
        return Math.max(1, 2 * Long.highestOneBit(bytes >> 20));
    }

    private static JournalException noSpace(Path file, long bytes, String why) {
        return new JournalException(
                JournalException.Kind.NO_SPACE,
                ("no room for journal %s of %d bytes: %s; free space on %s or configure a smaller"
                                + " journal")
                        .formatted(file, bytes, why, file.toAbsolutePath().getParent()));
    }

    private static int fallocate(Path file, long bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
            int descriptor = (int) OPEN.invokeExact(path, O_RDWR);
            if (descriptor < 0) {
                throw new JournalException(
                        JournalException.Kind.FAILED, "opening " + file + " failed");
            }
            try {
                int error;
                do {
                    error = (int) POSIX_FALLOCATE.invokeExact(descriptor, 0L, bytes);
                } while (error == EINTR);
                return error;
            } finally {
                int ignored = (int) CLOSE.invokeExact(descriptor);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a C function threw", e);
        }
    }

    private static MethodHandle function(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }
}
