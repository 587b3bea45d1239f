package dev.farshore.apply.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * Linux system calls on files that the JDK does not offer. They need a file descriptor of their
 * own, as the JDK hides its channels' descriptors.
 *
 * <p>Threading: any thread. Only on Linux.
 */
final class LinuxFiles {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int EINTR = 4;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOSYS = 38;
    static final int EOPNOTSUPP = 95;
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;
    static final int ENXIO = 6;

    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");

    // int open(const char *path, int flags, ...)
    private static final MethodHandle OPEN =
            find(
                    "open",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    CAPTURE_ERRNO,
                    Linker.Option.firstVariadicArg(2));
    // int fallocate(int fd, int mode, off_t offset, off_t len)
    private static final MethodHandle FALLOCATE =
            find(
                    "fallocate",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    CAPTURE_ERRNO);
    // int syncfs(int fd)
    private static final MethodHandle SYNCFS =
            find(
                    "syncfs",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                    CAPTURE_ERRNO);
    // off_t lseek(int fd, off_t offset, int whence)
    private static final MethodHandle LSEEK =
            find(
                    "lseek",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT),
                    CAPTURE_ERRNO);
    private static final MethodHandle CLOSE =
            find("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private LinuxFiles() {}

    static boolean areHere() {
        return System.getProperty("os.name").equals("Linux");
    }

    @SuppressWarnings("restricted") // The signatures above are those of the C library.
    private static MethodHandle find(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    private interface Call {
        int run(MemorySegment errnoState, Arena arena) throws Throwable;
    }

    private interface LongCall {
        long run(MemorySegment errnoState, Arena arena) throws Throwable;
    }

    private static int call(Call call) throws IOException {
        return (int) callLong(call::run);
    }

    /** Calls until no signal interrupts; returns the result, or the negated error number. */
    private static long callLong(LongCall call) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errnoState = arena.allocate(ERRNO_LAYOUT);
            while (true) {
                long result = call.run(errnoState, arena);
                if (result >= 0) {
                    return result;
                }
                int errno = (int) ERRNO.get(errnoState, 0L);
                if (errno != EINTR) {
                    return -errno;
                }
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /** Opens a file or a folder; {@code flags} of {@code open(2)}. */
    static int open(Path path, int flags) throws IOException {
        int descriptor =
                call(
                        (errnoState, arena) ->
                                (int)
                                        OPEN.invokeExact(
                                                errnoState,
                                                arena.allocateFrom(path.toString()),
                                                flags | O_CLOEXEC));
        if (descriptor < 0) {
            throw new IOException("open %s: errno %d".formatted(path, -descriptor));
        }
        return descriptor;
    }

    /** {@code fallocate(2)}; returns 0 or the negated error number. */
    static int fallocate(int descriptor, int mode, long offsetBytes, long lengthBytes)
            throws IOException {
        return call(
                (errnoState, arena) ->
                        (int)
                                FALLOCATE.invokeExact(
                                        errnoState, descriptor, mode, offsetBytes, lengthBytes));
    }

    /** {@code syncfs(2)}; returns 0 or the negated error number. */
    static int syncFileSystem(int descriptor) throws IOException {
        return call((errnoState, arena) -> (int) SYNCFS.invokeExact(errnoState, descriptor));
    }

    /** {@code lseek(2)}; returns the offset found, or the negated error number. */
    static long seek(int descriptor, long offsetBytes, int whence) throws IOException {
        return callLong(
                (errnoState, arena) ->
                        (long) LSEEK.invokeExact(errnoState, descriptor, offsetBytes, whence));
    }

    /** For a descriptor through which nothing was written: the result says nothing about data. */
    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
