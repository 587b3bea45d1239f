package dev.farshore.testkit.verify;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.farshore.testkit.record.ByteRange;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a file has data, by {@code lseek(2)} with {@code SEEK_DATA} and {@code SEEK_HOLE}: reading
 * the zeroes of a large hole takes seconds. Java offers no such call, so the C library is called
 * directly. Where the system or the file system can't say, the whole file counts as data.
 */
public final class SparseFile {
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    /** No data from there to the end. */
    private static final int ENXIO = 6;

    private static final int EINVAL = 22;

    private SparseFile() {}

    /** Ranges that hold all of the file's data, ascending; what is outside reads as zeroes. */
    public static List<ByteRange> dataRanges(Path file) throws IOException {
        long sizeBytes = Files.size(file);
        if (!System.getProperty("os.name").equals("Linux")) {
            return List.of(new ByteRange(0, sizeBytes));
        }
        try (Arena arena = Arena.ofConfined()) {
            return Native.dataRanges(arena, file, sizeBytes);
        }
    }

    /** The C library's calls; linked when first used. */
    @SuppressWarnings("restricted")
    private static final class Native {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
        private static final MethodHandle OPEN =
                link(
                        "open",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                        Linker.Option.firstVariadicArg(2));
        private static final MethodHandle LSEEK =
                link("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
        private static final MethodHandle CLOSE =
                link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

        private static MethodHandle link(
                String name, FunctionDescriptor descriptor, Linker.Option... more) {
            Linker.Option[] options = Arrays.copyOf(more, more.length + 1);
            options[more.length] = Linker.Option.captureCallState("errno");
            return LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow(name), descriptor, options);
        }

        static List<ByteRange> dataRanges(Arena arena, Path file, long sizeBytes)
                throws IOException {
            MemorySegment state = arena.allocate(STATE);
            try {
                int fd =
                        (int)
                                OPEN.invokeExact(
                                        state,
                                        arena.allocateFrom(file.toString()),
                                        O_RDONLY_CLOEXEC);
                if (fd < 0) {
                    throw new IOException(
                            "open(%s) failed: errno %d".formatted(file, errno(state)));
                }
                try {
                    return walk(state, fd, file, sizeBytes);
                } finally {
                    int ignored = (int) CLOSE.invokeExact(state, fd);
                }
            } catch (IOException | RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("a call of the C library failed", e);
            }
        }

        private static List<ByteRange> walk(MemorySegment state, int fd, Path file, long sizeBytes)
                throws Throwable {
            List<ByteRange> ranges = new ArrayList<>();
            long at = 0;
            while (at < sizeBytes) {
                long data = (long) LSEEK.invokeExact(state, fd, at, SEEK_DATA);
                if (data < 0 && errno(state) == ENXIO) {
                    break;
                }
                if (data < 0 && errno(state) == EINVAL) {
                    return List.of(new ByteRange(0, sizeBytes));
                }
                long hole = data < 0 ? data : (long) LSEEK.invokeExact(state, fd, data, SEEK_HOLE);
                if (hole < 0) {
                    throw new IOException(
                            "lseek(%s, %d) failed: errno %d".formatted(file, at, errno(state)));
                }
                ranges.add(new ByteRange(data, hole - data));
                at = hole;
            }
            return ranges;
        }

        private static int errno(MemorySegment state) {
            return (int) ERRNO.get(state, 0L);
        }
    }
}
