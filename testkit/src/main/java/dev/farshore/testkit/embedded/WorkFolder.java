package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder to work in: one the user named, which is kept, or a temporary one, which is not. */
public record WorkFolder(Path path, boolean isTemporary) implements AutoCloseable {

    /**
     * @param named null for a temporary one
     * @param prefix of the temporary one's name
     */
    public static WorkFolder orTemporary(@Nullable Path named, String prefix) throws IOException {
        return named == null
                ? new WorkFolder(Files.createTempDirectory(prefix), true)
                : new WorkFolder(Files.createDirectories(named).toAbsolutePath(), false);
    }

    @Override
    public void close() throws IOException {
        if (!isTemporary || !Files.exists(path)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(path)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.deleteIfExists(file);
        }
    }
}
