package dev.farshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

class LeftLibrariesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir private Path folder;

    @Test
    void shouldRemoveOnlyOldLibrariesOfOurs() throws IOException {
        Path old = file("liblz4-java-4711.so", Duration.ofHours(1));
        Path oldLock = file("liblz4-java-4711.so.lck", Duration.ofHours(1));
        Path snappy = file("snappy-1.1.10-ab-libsnappyjava.so", Duration.ofHours(1));
        Path rocks = file("librocksdbjni123.so", Duration.ofHours(1));
        Path young = file("liblz4-java-4712.so", Duration.ofMinutes(1));
        Path other = file("libother-1.so", Duration.ofHours(1));
        Path text = file("liblz4-java-notes.txt", Duration.ofHours(1));

        LeftLibraries.remove(folder, NOW);
        LeftLibraries.remove(folder.resolve("none"), NOW);

        assertThat(folder).isDirectoryContaining(file -> file.equals(young));
        assertThat(old).doesNotExist();
        assertThat(oldLock).doesNotExist();
        assertThat(snappy).doesNotExist();
        assertThat(rocks).doesNotExist();
        assertThat(other).exists();
        assertThat(text).exists();
    }

    private Path file(String name, Duration age) throws IOException {
        Path file = Files.createFile(folder.resolve(name));
        Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
        return file;
    }
}
