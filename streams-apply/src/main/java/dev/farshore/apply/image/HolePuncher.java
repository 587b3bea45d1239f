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
 * Gives ranges of a file back to the file system with Linux' {@code fallocate(2)}, which the JDK
 * does not offer. It needs a file descriptor of its own: the JDK does not show its channels'.
 *
 * <p>Threading: one thread at a time.
 */
final class HolePuncher implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int EINTR = 4;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;

    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));
    private static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");
    private static final int NO_DESCRIPTOR = -1;

    private final Path path;
    private int descriptor;

    private HolePuncher(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    static HolePuncher open(Path path) throws IOException {
        if (!IS_LINUX) {
            return new HolePuncher(path, NO_DESCRIPTOR);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
            int descriptor =
                    (int)
                            Native.OPEN.invokeExact(
                                    errno, arena.allocateFrom(path.toString()), O_RDWR | O_CLOEXEC);
            if (descriptor < 0) {
                throw new IOException(
                        "open %s for punching holes: errno %d"
                                .formatted(path, (int) ERRNO.get(errno, 0L)));
            }
            return new HolePuncher(path, descriptor);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /**
     * Makes a hole, which reads as zeroes; the file's size stays.
     *
     * @return false if this file system can't
     */
    boolean punch(long offsetBytes, long lengthBytes) throws IOException {
        if (descriptor == NO_DESCRIPTOR) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errnoState = arena.allocate(ERRNO_LAYOUT);
            while (true) {
                int result =
                        (int)
                                Native.FALLOCATE.invokeExact(
                                        errnoState,
                                        descriptor,
                                        FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                        offsetBytes,
                                        lengthBytes);
                if (result == 0) {
                    return true;
                }
                int errno = (int) ERRNO.get(errnoState, 0L);
                if (errno == EOPNOTSUPP || errno == ENOSYS) {
                    return false;
                }
                if (errno != EINTR) {
                    throw new IOException(
                            "punch a hole of %d bytes at %d into %s: errno %d"
                                    .formatted(lengthBytes, offsetBytes, path, errno));
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        if (descriptor == NO_DESCRIPTOR) {
            return;
        }
        int closing = descriptor;
        descriptor = NO_DESCRIPTOR;
        try {
            // Nothing was written through this descriptor: its result says nothing about the data.
            int ignored = (int) Native.CLOSE.invokeExact(closing);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Looked up only where they exist. */
    private static final class Native {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");

        // int open(const char *path, int flags, ...)
        static final MethodHandle OPEN =
                find(
                        "open",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                        CAPTURE_ERRNO,
                        Linker.Option.firstVariadicArg(2));
        // int fallocate(int fd, int mode, off_t offset, off_t len)
        static final MethodHandle FALLOCATE =
                find(
                        "fallocate",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_LONG),
                        CAPTURE_ERRNO);
        static final MethodHandle CLOSE =
                find("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        @SuppressWarnings("restricted") // The signatures above are those of the C library.
        private static MethodHandle find(
                String name, FunctionDescriptor descriptor, Linker.Option... options) {
            return LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow(name), descriptor, options);
        }
    }
}
