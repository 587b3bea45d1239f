package dev.farshore.capture.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Folders for tests that open a journal thousands of times: in memory where the system has such a
 * file system, so that forcing costs nothing.
 */
public final class TestDirectories implements AutoCloseable {
    private final Path directory;

    public TestDirectories() {
        try {
            Path memory = Path.of("/dev/shm");
            directory =
                    Files.isWritable(memory)
                            ? Files.createTempDirectory(memory, "farshore-test")
                            : Files.createTempDirectory("farshore-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path(String name) {
        return directory.resolve(name);
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
