package dev.farshore.capture.seed;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * Where a sparse file has data, by {@code lseek} with {@code SEEK_DATA} and {@code SEEK_HOLE},
 * which Java does not offer. On a file system that can't tell, everything is data.
 *
 * <p>Threading: one thread.
 */
final class DataExtents implements AutoCloseable {
    private static final int O_RDONLY = 0;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ENXIO = 6;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN =
            function(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK =
            function(
                    "lseek",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT),
                    Linker.Option.captureCallState("errno"));

    private final Path file;
    private final int descriptor;

    private DataExtents(Path file, int descriptor) {
        this.file = file;
        this.descriptor = descriptor;
    }

    static DataExtents open(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
            int descriptor = (int) OPEN.invokeExact(path, O_RDONLY);
            if (descriptor < 0) {
                throw new IOException("%s can't be opened for reading".formatted(file));
            }
            return new DataExtents(file, descriptor);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a C function threw", e);
        }
    }

    /** First byte of data from {@code from} on; {@code end} if there is none before that. */
    long nextData(long from, long end) throws IOException {
        return Math.min(end, seek(from, SEEK_DATA, end, from));
    }

    /** First byte of a hole from {@code from} on; {@code end} if there is none before that. */
    long nextHole(long from, long end) throws IOException {
        return Math.min(end, seek(from, SEEK_HOLE, end, end));
    }

    private long seek(long from, int whence, long ifNone, long ifUnknown) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            long found = (long) LSEEK.invokeExact(state, descriptor, from, whence);
            if (found >= 0) {
                return found;
            }
            return (int) ERRNO.get(state, 0L) == ENXIO ? ifNone : ifUnknown;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a C function threw for " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (RuntimeException | Error e) {
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
