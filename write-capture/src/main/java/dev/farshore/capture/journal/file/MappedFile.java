package dev.farshore.capture.journal.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file in memory. What is stored to it survives the process at once, and the host once forced.
 *
 * <p>Threading: any thread; after {@link #close} every access throws {@code IllegalStateException}.
 */
public final class MappedFile implements AutoCloseable {

    /** Makes a range stable. A test that plays a crash of the host puts its own here. */
    public interface Forcing {
        Forcing SYNC = (memory, from, bytes) -> memory.asSlice(from, bytes).force();

        void force(MemorySegment memory, long from, long bytes);
    }

    private final Path path;
    private final Arena arena;
    private final MemorySegment memory;
    private final Forcing forcing;

    private MappedFile(Path path, Arena arena, MemorySegment memory, Forcing forcing) {
        this.path = path;
        this.arena = arena;
        this.memory = memory;
        this.forcing = forcing;
    }

    /** Maps {@code bytes} of a file, all of whose blocks exist: see {@link Preallocation}. */
    @SuppressWarnings("MustBeClosedChecker") // The mapping owns its arena and closes it.
    public static MappedFile map(Path path, long bytes, Forcing forcing) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
            return new MappedFile(path, arena, memory, forcing);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Blocks until the range is on stable storage as it was when the call began, or newer. */
    public void force(long from, long bytes) throws JournalException {
        try {
            forcing.force(memory, from, bytes);
        } catch (UncheckedIOException e) {
            throw new JournalException(
                    JournalException.Kind.FAILED,
                    "making %d bytes at %d of %s stable failed: %s"
                            .formatted(bytes, from, path, e.getMessage()),
                    e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
